import assert from 'node:assert/strict'
import { afterEach, before, beforeEach, describe, test } from 'node:test'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { RegistryCommands } from '../support/registry-commands.ts'

describe('certhop remove', () => {
  let client: Certificate
  let certhop: RegistryCommands

  before(async () => {
    client = await (await createAuthority({ name: 'Root' })).client({ name: 'client' })
  })
  beforeEach(async () => {
    certhop = await RegistryCommands.create(client)
    await certhop.add('*.example', 'client.key', '--id', 'old')
    await certhop.add('*.example', 'client.key', '--id', 'new', '--host', 'api.example', '--host', 'a.test')
    await certhop.add('w?b.example', 'client.key', '--id', 'narrow')
  })
  afterEach(() => certhop[Symbol.asyncDispose]())

  test('--yes removes the entry and the files that were copied for it', async () => {
    const before = await certhop.text()
    await certhop.add('b.test', 'client.key', '--id', 'more')
    const { status, stdout, stderr } = await certhop.run('remove', 'more', '--yes')
    assert.deepEqual([status, stdout], [0, 'more\n'])
    assert.equal(stderr, 'certhop: the files in certs/more are deleted\n')
    assert.equal(await certhop.text(), before)
    await assert.rejects(certhop.folder.read('certs/more/key.pem'))
  })

  test('asks on a terminal, and says who wins the hosts then', async () => {
    certhop.typed = 'y\r'
    const { status, stdout, stderr } = await certhop.run('remove', 'new')
    assert.deepEqual([status, stdout], [0, 'new\n'])
    const lines = stderr.split('\n')
    assert.deepEqual(lines.slice(0, 3), [
      '*.example: `narrow` where it matches, otherwise `old`',
      'api.example: `old` from then on',
      'a.test: no certificate from then on',
    ])
    assert.match(stderr, /Remove `new`\? \[y\/N\] /)
    assert.doesNotMatch(await certhop.text(), /id: new/)
  })

  for (const [what, typed] of Object.entries({ no: 'n\r', 'an empty line': '\r', 'Ctrl-C': '\u0003' })) {
    test(`${what} leaves everything as it is`, async () => {
      const before = await certhop.text()
      certhop.typed = typed
      const { status, stdout, stderr } = await certhop.run('remove', 'new')
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, /nothing was removed/)
      assert.equal(await certhop.text(), before)
    })
  }

  test('without a terminal wants --yes', async () => {
    const { status, stderr } = await certhop.run('remove', 'new')
    assert.equal(status, 2)
    assert.match(stderr, /no terminal to ask on: say --yes/)
    assert.match(await certhop.text(), /id: new/)
  })

  for (const args of [['--yes'], []]) {
    test(`an unknown id is an error that names the nearest${args.length > 0 ? ', also with --yes' : ''}`, async () => {
      const { status, stderr } = await certhop.run('remove', 'narow', ...args)
      assert.equal(status, 1)
      assert.equal(stderr, 'certhop: the registry has no certificate `narow` (did you mean `narrow`?)\n')
    })
  }
})
