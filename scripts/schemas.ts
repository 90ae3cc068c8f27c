// Writes the JSON Schemas that editors check the settings and the registry with: `node scripts/pinned.js scripts/schemas.ts`.
import { writeFileSync } from 'node:fs'
import { registryJsonSchema } from '../src/registry/schema.ts'
import { settingsJsonSchema } from '../src/settings/schema.ts'

const schemas = { certhop: settingsJsonSchema(), registry: registryJsonSchema() }

for (const [name, schema] of Object.entries(schemas)) {
  const path = new URL(`../config/${name}.schema.json`, import.meta.url)
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`)
}
