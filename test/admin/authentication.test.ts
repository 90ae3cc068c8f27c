import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { beforeEach, describe, test } from 'node:test'
import { Authentication } from '../../src/admin/authentication.ts'
import { SignInFailures } from '../../src/admin/sign-in-failures.ts'
import { Events } from '../../src/observe/events.ts'

const HOUR = 3_600_000

describe('with time', () => {
  let authentication: Authentication
  beforeEach(() => {
    authentication = new Authentication('t'.repeat(43), 8129, new SignInFailures(new Events()))
  })

  function withCookie(setCookie: string): IncomingMessage {
    return { headers: { cookie: setCookie.split(';')[0] } } as IncomingMessage
  }

  test('a link ends after an hour', t => {
    t.mock.timers.enable({ apis: ['Date'] })
    const [early, late] = [authentication.newCode(), authentication.newCode()]
    t.mock.timers.setTime(HOUR - 1)
    authentication.signInWithCode(early)
    t.mock.timers.setTime(HOUR)
    assert.throws(() => authentication.signInWithCode(late), { status: 401 })
  })

  test('a session ends twelve hours after its last request', t => {
    t.mock.timers.enable({ apis: ['Date'] })
    const request = withCookie(authentication.signInWithToken('t'.repeat(43)))
    for (const hours of [11, 22, 33]) {
      t.mock.timers.setTime(hours * HOUR)
      assert.equal(authentication.check(request), 'cookie')
    }
    t.mock.timers.setTime(45 * HOUR)
    assert.throws(() => authentication.check(request), { status: 401 })
  })

  test('of more than a hundred sessions the one that was used longest ago ends', () => {
    const sessions = Array.from({ length: 100 }, () =>
      withCookie(authentication.signInWithToken('t'.repeat(43))),
    )
    const [first, second] = sessions as [IncomingMessage, IncomingMessage]
    authentication.check(first)
    authentication.signInWithToken('t'.repeat(43))
    assert.equal(authentication.check(first), 'cookie')
    assert.throws(() => authentication.check(second), { status: 401 })
  })
})
