import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExposed } from '../../src/core/exposure.ts'

const [ROOT, SERVICE] = [0, 1000]

function exposed(mode: number, owner: number, user: number): boolean {
  return isExposed({ mode: BigInt(0o100_000 | mode), uid: BigInt(owner) }, user)
}

test('a private file of the user is exposed when anybody else may do anything with it', () => {
  for (const user of [ROOT, SERVICE]) {
    for (const mode of [0o600, 0o400, 0o700]) assert.equal(exposed(mode, user, user), false, mode.toString(8))
    for (const mode of [0o640, 0o440, 0o604, 0o620, 0o610, 0o644]) {
      assert.equal(exposed(mode, user, user), true, mode.toString(8))
    }
  }
})

test('one of root may be read by the group through which another user gets it, as Kubernetes mounts secrets, and no more', () => {
  for (const mode of [0o440, 0o640, 0o600])
    assert.equal(exposed(mode, ROOT, SERVICE), false, mode.toString(8))
  for (const mode of [0o444, 0o644, 0o660, 0o450]) {
    assert.equal(exposed(mode, ROOT, SERVICE), true, mode.toString(8))
  }
})
