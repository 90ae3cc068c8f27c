import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, test } from 'node:test'
import { rotateAuthority } from '../../src/authority/authority.ts'
import { extendedBundle } from '../../src/authority/trust-files.ts'
import { createAuthority } from '../support/certificates.ts'
import { handshake } from '../support/handshake.ts'
import { StateDirectory } from '../support/state-directory.ts'

describe('a bundle that the environment of a runner names already', () => {
  test('is extended in a file of its own: what was trusted stays trusted, and the authority is as well', async () => {
    await using state = await StateDirectory.create()
    const authority = await state.open()
    const company = await createAuthority({ name: 'Company' })
    // Without a line break at its end.
    const existing = await state.write('../company.pem', `# the company's\n${company.pem.trimEnd()}`)
    const path = await extendedBundle(authority.files, existing)
    assert.equal(dirname(path), state.path)
    const content = await readFile(path, 'utf8')
    assert.equal(content, `# the company's\n${company.pem}${await state.read('ca.pem')}`)
    assert.equal(
      (await handshake(await authority.contextFor('a.test'), 'a.test', { ca: content })).trusted,
      true,
    )
    assert.equal(await readFile(existing, 'utf8'), `# the company's\n${company.pem.trimEnd()}`)
  })

  test('gives the same file for the same content, and another one after a rotation', async () => {
    await using state = await StateDirectory.create()
    const { files } = await state.open()
    const existing = await state.write('../company.pem', (await createAuthority({ name: 'Company' })).pem)
    const first = await extendedBundle(files, existing)
    const { mtimeMs } = await stat(first)
    assert.equal(await extendedBundle(files, existing), first)
    assert.equal((await stat(first)).mtimeMs, mtimeMs, 'it was not written again')
    await rotateAuthority(state.path)
    assert.notEqual(await extendedBundle(files, existing), first)
  })

  test('is left as it is when it holds the authority, as that of a nested run does', async () => {
    await using state = await StateDirectory.create()
    const { files } = await state.open()
    assert.equal(await extendedBundle(files, files.bundle), files.bundle)
  })

  test('that cannot be read is named', async () => {
    await using state = await StateDirectory.create()
    const { files } = await state.open()
    await assert.rejects(
      extendedBundle(files, '/nowhere/bundle.pem'),
      /^Error: \/nowhere\/bundle\.pem does not exist$/,
    )
    await assert.rejects(extendedBundle(files, state.path), /is a directory$/)
  })
})
