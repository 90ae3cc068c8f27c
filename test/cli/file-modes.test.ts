import assert from 'node:assert/strict'
import { globSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { ROOT, RunningCommand, runCommand, shell } from '../support/command.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

/** Certificates and lists of them, which other users have to trust, and the registry, which names no secret that is not encrypted. */
const PUBLIC = ['ca.pem', 'bundle.pem', 'java-cacerts', 'registry.yaml']

/** Shell words that run `certhop ARGS` where every file is open to all users unless its writer says otherwise. */
function withoutUmask(...args: string[]): string[] {
  return ['-c', 'umask 0; exec "$@"', 'sh', process.execPath, `${ROOT}bin/certhop.js`, ...args]
}

test('whatever the umask, other users read no file that certhop writes but those they have to trust, and write none', async t => {
  await using folder = await RegistryFolder.create()
  const authority = await createAuthority({ name: 'Root' })
  await folder.writePair('client', await authority.client({ name: 'client' }), 'sesame')
  await folder.write('passphrase', 'sesame\n')
  const home = join(folder.path, 'written')
  const registry = join(home, 'registry.yaml')
  const run = async (...args: string[]) => {
    const { status, stderr } = await runCommand('sh', withoutUmask(...args), {
      folder: folder.path,
      env: shell(),
    })
    assert.equal(status, 0, stderr)
  }
  await runCommand('mkdir', ['-m', '700', home])
  await run(
    ...['add', '--registry', registry, '--host', 'a.test', '--cert', 'client.crt', '--key', 'client.key'],
    ...['--passphrase-file', 'passphrase'],
  )
  await run('secrets', 'keygen', '--output', join(home, 'identity'))
  const state = join(home, 'state')
  const certhop = new RunningCommand(
    'sh',
    withoutUmask(
      ...['serve', '--registry', registry, '--state-dir', state],
      ...['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
    ),
  )
  t.after(() => certhop.stop())
  await certhop.line(/"ready"/)
  await run('ca', 'rotate', '--state-dir', state)

  const written = globSync('**', { cwd: home }).filter(name => name !== '.')
  const wrong = written.filter(name => {
    const stat = statSync(join(home, name))
    const allowed = stat.isDirectory() ? 0o700 : PUBLIC.includes(basename(name)) ? 0o644 : 0o600
    return (stat.mode & 0o777) !== allowed
  })
  assert.deepEqual(wrong, [])
  for (const name of [
    'state/authority.pem',
    'state/admin-token',
    'certs/a.test/key.pem',
    'certs/a.test/passphrase',
  ])
    assert.ok(written.includes(name), `${name} in ${written}`)
})
