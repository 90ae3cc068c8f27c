import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { rotateAuthority } from '../../src/authority/authority.ts'
import { javaTrustStore } from '../../src/authority/java-trust-store.ts'
import { runCommand } from '../support/command.ts'
import { StateDirectory } from '../support/state-directory.ts'

/** What the JDK's own tool finds in a store: how many certificates, and certhop's. */
async function list(store: string): Promise<{ count: number; certhop: string | undefined }> {
  const args = ['-J-Duser.language=en', '-list', '-keystore', store, '-storepass', 'changeit']
  const { status, stdout, stderr } = await runCommand('keytool', args)
  assert.equal(status, 0, stdout + stderr)
  return {
    count: Number(/contains (\d+) entr/.exec(stdout)?.[1]),
    certhop: /^certhop, .*\n.*: ([0-9A-F:]+)$/m.exec(stdout)?.[1],
  }
}

test("Java's trust store holds Java's roots and the authority, and changes with it", async () => {
  await using state = await StateDirectory.create()
  const { files } = await state.open()
  const fingerprint = async () => new X509Certificate(await state.read('ca.pem')).fingerprint256
  const store = await javaTrustStore(files)
  assert(store)
  const first = await list(store)
  assert.equal(first.certhop, await fingerprint())
  assert(first.count > 100)

  const { mtimeMs } = await stat(store)
  assert.equal(await javaTrustStore(files), store)
  assert.equal((await stat(store)).mtimeMs, mtimeMs, 'it is made anew only when something has changed')

  await rotateAuthority(state.path)
  assert.equal(await javaTrustStore(files), store)
  assert.deepEqual(await list(store), { count: first.count, certhop: await fingerprint() })
  assert.deepEqual(
    (await readdir(state.path)).filter(name => name.includes('tmp')),
    [],
  )
})
