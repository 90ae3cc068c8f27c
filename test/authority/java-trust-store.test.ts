import assert from 'node:assert/strict'
import { chmod, mkdir } from 'node:fs/promises'
import { afterEach, describe, test } from 'node:test'
import { javaTrustStore, madeJavaTrustStore } from '../../src/authority/java-trust-store.ts'
import { Events, type Notice } from '../../src/observe/events.ts'
import { StateDirectory } from '../support/state-directory.ts'

const { PATH } = process.env

describe('the trust store for Java', () => {
  afterEach(() => {
    process.env['PATH'] = PATH
  })

  async function make(state: StateDirectory) {
    const notices: Notice[] = []
    const events = new Events()
    events.onNotice(notice => notices.push(notice))
    const { files } = await state.open()
    const path = await javaTrustStore(files, events)
    return { path, notices, made: await madeJavaTrustStore(files) }
  }

  test('is none where there is no keytool on the PATH, and that is nothing to talk of', async () => {
    await using state = await StateDirectory.create()
    process.env['PATH'] = `/nowhere:${state.path}`
    assert.deepEqual(await make(state), { path: null, notices: [], made: false })
  })

  /** A Java in which `keytool` does as little as `script`. */
  async function installJava(state: StateDirectory, script: string): Promise<void> {
    await mkdir(state.file('../java/bin'), { recursive: true })
    await chmod(await state.write('../java/bin/keytool', `#!/bin/sh\n${script}\n`), 0o755)
    process.env['PATH'] = state.file('../java/bin')
  }

  test('is none, with a notice, where the Java has no roots', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    await installJava(state, 'exit 0')
    const { path, notices } = await make(state)
    assert.equal(path, null)
    assert.match(
      notices[0]?.message ?? '',
      /^there is no trust store for Java: no roots .* beside .*keytool$/,
    )
  })

  test('is none, with the reason as a notice, when keytool fails, and nothing is left half-made', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    await installJava(state, 'echo "keytool error: no space"; exit 1')
    await mkdir(state.file('../java/lib/security'), { recursive: true })
    await state.write('../java/lib/security/cacerts', 'roots')
    const { path, notices, made } = await make(state)
    assert.deepEqual([path, made], [null, false])
    assert.deepEqual(
      notices.map(({ level }) => level),
      ['warn'],
    )
    assert.match(notices[0]?.message ?? '', /keytool error: no space/)
  })
})
