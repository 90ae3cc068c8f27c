import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { registryJsonSchema } from '../../src/registry/schema.ts'
import { loadSettings, parseSettings } from '../../src/settings/load.ts'
import { settingsJsonSchema } from '../../src/settings/schema.ts'

const folder = new URL('../../config/', import.meta.url)

function schemaFile(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
}

describe('the example configuration', () => {
  test('its JSON Schemas are those of the code (`node scripts/pinned.js scripts/schemas.ts` writes them)', () => {
    assert.deepEqual(schemaFile('certhop.schema.json'), JSON.parse(JSON.stringify(settingsJsonSchema())))
    assert.deepEqual(schemaFile('registry.schema.json'), JSON.parse(JSON.stringify(registryJsonSchema())))
  })

  test('its settings are accepted, and show the defaults', async () => {
    const noFault = () => null
    const file = fileURLToPath(new URL('certhop.yaml', folder))
    assert.deepEqual(await loadSettings(file, noFault), parseSettings(file, 'version: 1', noFault))
  })

  for (const name of ['certhop', 'registry']) {
    test(`${name}.yaml names its schema for editors`, () => {
      const text = readFileSync(new URL(`${name}.yaml`, folder), 'utf8')
      assert.match(text, new RegExp(`^# yaml-language-server: \\$schema=\\./${name}\\.schema\\.json\\n`))
    })
  }
})
