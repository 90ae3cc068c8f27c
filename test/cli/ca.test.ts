import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { createAuthority } from '../support/certificates.ts'
import { TestIo } from '../support/io.ts'

describe('ca', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-ca-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function ca(...args: string[]) {
    const io = new TestIo(folder)
    const status = await main(['ca', ...args], io)
    return { status, stdout: io.stdout.text, stderr: io.stderr.text }
  }

  test('path prints the absolute path of the certificate, made when there is none, and needs no settings', async () => {
    const path = join(folder, 'state/ca.pem')
    assert.deepEqual(await ca('path', '--state-dir', 'state'), { status: 0, stdout: `${path}\n`, stderr: '' })
    assert.match(await readFile(path, 'utf8'), /^-----BEGIN CERTIFICATE-----\n/)
  })

  test('print prints the same certificate as PEM', async () => {
    const { status, stdout, stderr } = await ca('print', '--state-dir', 'state')
    assert.deepEqual([status, stderr], [0, ''])
    assert.equal(stdout, await readFile(join(folder, 'state/ca.pem'), 'utf8'))
    assert.equal((await ca('print', '--state-dir', 'state')).stdout, stdout)
  })

  test('rotate replaces it and says on stderr what has to be trusted anew', async () => {
    const before = (await ca('print', '--state-dir', 'state')).stdout
    const { status, stdout, stderr } = await ca('rotate', '--state-dir', 'state')
    assert.deepEqual([status, stdout], [0, ''])
    assert.match(stderr, /^The local authority is a new one: .*\/state\/ca\.pem\n/)
    assert.match(stderr, /runners that are running/)
    assert.match(stderr, /containers/)
    assert.notEqual((await ca('print', '--state-dir', 'state')).stdout, before)
  })

  test('takes the state directory from the settings, and the option wins over it', async () => {
    await writeFile(join(folder, 'certhop.yaml'), 'version: 1\nstateDirectory: own\n')
    assert.equal((await ca('path')).stdout, `${folder}/own/ca.pem\n`)
    assert.equal((await ca('path', '--config', 'certhop.yaml')).stdout, `${folder}/own/ca.pem\n`)
    assert.equal((await ca('path', '--state-dir', 'other')).stdout, `${folder}/other/ca.pem\n`)
  })

  test("prints the user's own certificate where the settings name one", async () => {
    const own = await createAuthority({ name: 'Own' })
    await writeFile(join(folder, 'ca.crt'), own.pem)
    await writeFile(join(folder, 'ca.key'), own.key(), { mode: 0o600 })
    await writeFile(
      join(folder, 'certhop.yaml'),
      'version: 1\nstateDirectory: state\nauthority: { cert: ca.crt, key: ca.key }\n',
    )
    assert.deepEqual(await ca('print'), { status: 0, stdout: own.x509.toString(), stderr: '' })
  })

  test('refuses wrong files of an own authority as invalid configuration', async () => {
    await writeFile(join(folder, 'certhop.yaml'), 'version: 1\nauthority: { cert: ca.crt, key: ca.key }\n')
    const { status, stdout, stderr } = await ca('path', '--state-dir', 'state')
    assert.deepEqual([status, stdout], [2, ''])
    assert.equal(stderr, `certhop: ${folder}/ca.key does not exist (create it, or correct its path)\n`)
  })

  test('fails on a damaged authority and says how to replace it', async () => {
    await ca('path', '--state-dir', 'state')
    await writeFile(join(folder, 'state/authority.pem'), 'damaged')
    const { status, stderr } = await ca('path', '--state-dir', 'state')
    assert.equal(status, 1)
    assert.match(stderr, /^certhop: .*authority\.pem holds no certificate \(`certhop ca rotate` makes a new/)
    assert.equal((await ca('rotate', '--state-dir', 'state')).status, 0)
    assert.equal((await ca('path', '--state-dir', 'state')).status, 0)
  })

  test('fails where the state directory cannot be written, and says how to name another', async () => {
    await writeFile(join(folder, 'state'), 'a file')
    for (const command of ['path', 'print', 'rotate']) {
      const { status, stderr } = await ca(command, '--state-dir', 'state')
      assert.equal(status, 1)
      assert.match(stderr, /^certhop: the state directory .* cannot be used .*--state-dir/)
    }
  })

  test('has nothing to print of an ephemeral authority, and nothing to rotate of any but a persistent one', async () => {
    await writeFile(join(folder, 'certhop.yaml'), 'version: 1\nauthority: ephemeral\nstateDirectory: state\n')
    for (const command of ['path', 'print']) {
      const { status, stdout, stderr } = await ca(command)
      assert.deepEqual([status, stdout], [2, ''])
      assert.match(stderr, /^certhop: the authority is ephemeral: .* ready line/)
    }
    const { status, stderr } = await ca('rotate')
    assert.equal(status, 2)
    assert.match(stderr, /^certhop: there is nothing to rotate/)
    assert.deepEqual(await readdir(folder), ['certhop.yaml'])
  })

  test('says of invalid settings what is wrong', async () => {
    await writeFile(join(folder, 'certhop.yaml'), 'version: 1\nauthority: own\n')
    for (const command of ['path', 'print', 'rotate']) {
      const { status, stderr } = await ca(command)
      assert.equal(status, 2)
      assert.match(stderr, /certhop\.yaml:2:12: `authority` must be `persistent`, `ephemeral` or/)
    }
  })

  test('without one of its commands is wrong usage, and a misspelt one names the nearest', async () => {
    const none = await ca()
    assert.equal(none.status, 2)
    assert.match(none.stderr, /^Usage: certhop ca <command>/)
    assert.match((await ca('rotat')).stderr, /unknown command 'rotat'\n\(Did you mean rotate\?\)/)
  })

  test('explains each of its commands with an example, and refuses options that are none', async () => {
    for (const command of ['path', 'print', 'rotate']) {
      const { status, stdout } = await ca(command, '--help')
      assert.equal(status, 0)
      assert.match(stdout, new RegExp(`Examples:\\n  # .*\\n  .*certhop ca ${command}`))
      assert.equal((await ca(command, '--registry', 'x')).status, 2)
      assert.equal((await ca(command, 'more')).status, 2)
    }
  })
})
