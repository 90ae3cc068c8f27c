import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { type Outcome, ROOT, RunningCommand, runCommand } from '../support/command.ts'
import { opensslBundle } from '../support/pkcs12.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

async function succeed(command: string, args: string[], folder: RegistryFolder): Promise<Outcome> {
  const outcome = await runCommand(command, args, { folder: folder.path })
  assert.equal(outcome.status, 0, outcome.stderr)
  return outcome
}

const certhop = (folder: RegistryFolder, ...args: string[]) =>
  succeed(process.execPath, [`${ROOT}bin/certhop.js`, ...args], folder)

test('certhop opens what age encrypted to an identity of age-keygen, binary and armored', async () => {
  await using folder = await RegistryFolder.create()
  await succeed('age-keygen', ['-o', 'identity'], folder)
  const { stdout } = await succeed('age-keygen', ['-y', 'identity'], folder)
  const recipient = stdout.trim()
  const client = await (await createAuthority({ name: 'Root' })).client({ name: 'a', keyType: 'RSA-2048' })
  await folder.writePair('a', client, 'hünter two')
  await folder.write('a.p12', await opensslBundle(client, 'hünter two'))
  await folder.write('passphrase', 'hünter two\n')
  for (const [name, ...options] of [['a.key', '--armor'], ['a.p12'], ['passphrase', '--armor'], ['a.crt']]) {
    await succeed('age', ['-r', recipient, ...options, '-o', `${name}.age`, String(name)], folder)
  }
  const inline = await folder.read('passphrase.age')
  await folder.writeRegistry(
    'id: a, host: a.example, cert: a.crt.age, key: a.key.age, passphrase: {file: passphrase.age}',
    `id: b, host: b.example, pkcs12: a.p12.age, passphrase: {age: ${JSON.stringify(inline)}}`,
  )
  await folder.write('certhop.yaml', 'version: 1\nsecrets: { identity: { file: identity } }\n')
  const checked = await certhop(folder, 'check')
  assert.equal(checked.stdout, 'ok: 2 certificates\n')
})

test('age opens what certhop encrypted, to an identity of either', async () => {
  await using folder = await RegistryFolder.create()
  await certhop(folder, 'secrets', 'keygen', '--output', 'own')
  await succeed('age-keygen', ['-o', 'other'], folder)
  for (const identity of ['own', 'other']) {
    const { stdout } = await succeed('age-keygen', ['-y', identity], folder)
    await folder.write(`${identity}.txt`, `secret of ${identity}\n`)
    await certhop(folder, 'secrets', 'encrypt', '--recipient', stdout.trim(), `${identity}.txt`)
    const opened = await succeed('age', ['-d', '-i', identity, `${identity}.txt.age`], folder)
    assert.equal(opened.stdout, `secret of ${identity}\n`)

    const encrypt = new RunningCommand(
      'sh',
      [
        '-c',
        `printf 'hünter two\\n' | "$0" "$1" secrets encrypt --recipient ${stdout.trim()}`,
        process.execPath,
        `${ROOT}bin/certhop.js`,
      ],
      { folder: folder.path },
    )
    const [, base64 = ''] = /age: "([^"]+)"/.exec(await encrypt.line(/^passphrase/)) ?? []
    await folder.write('passphrase.age', Buffer.from(base64, 'base64'))
    const passphrase = await succeed('age', ['-d', '-i', identity, 'passphrase.age'], folder)
    assert.equal(passphrase.stdout, 'hünter two')
  }
})
