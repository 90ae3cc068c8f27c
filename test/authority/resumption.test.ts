import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Authority, rotateAuthority } from '../../src/authority/authority.ts'
import { handshake } from '../support/handshake.ts'
import { StateDirectory } from '../support/state-directory.ts'

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(`a session of ${version}`, () => {
    let state: StateDirectory
    let authority: Authority
    let options: { ca: string; minVersion: typeof version; maxVersion: typeof version }
    before(async () => {
      state = await StateDirectory.create()
      authority = await state.open()
      const ca = readFileSync(authority.files.certificate, 'utf8')
      options = { ca, minVersion: version, maxVersion: version }
    })
    after(() => state[Symbol.asyncDispose]())

    async function sessionWith(host: string): Promise<Buffer> {
      const { session, protocol, trusted } = await handshake(await authority.contextFor(host), host, options)
      assert.equal(protocol, version)
      assert.equal(trusted, true)
      assert.notEqual(session.length, 0)
      return session
    }

    test('is resumed for its host', async () => {
      const session = await sessionWith('a.test')
      const again = await handshake(await authority.contextFor('a.test'), 'a.test', { ...options, session })
      assert.deepEqual([again.resumed, again.trusted], [true, true])
    })

    test('is never resumed for another host', async () => {
      const session = await sessionWith('a.test')
      const other = await handshake(await authority.contextFor('b.test'), 'b.test', { ...options, session })
      assert.deepEqual([other.resumed, other.trusted], [false, true])
    })

    test('ends with its authority', async () => {
      const session = await sessionWith('a.test')
      await rotateAuthority(state.path)
      const next = await state.open()
      const again = await handshake(await next.contextFor('a.test'), 'a.test', { ...options, session })
      assert.equal(again.resumed, false)
    })
  })
}

test('a runner that speaks nothing newer than TLS 1.1 is refused', async () => {
  await using state = await StateDirectory.create()
  const authority = await state.open()
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await assert.rejects(handshake(await authority.contextFor('a.test'), 'a.test', old))
})
