import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type PasswordHash, parsePasswordHash } from '../../src/core/password-hash.ts'
import { Authentication } from '../../src/proxy/authentication.ts'
import { type Check, PasswordChecks } from '../../src/proxy/password-checks.ts'
import { assertError } from '../support/error-answer.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import {
  absolute,
  connectHead,
  credentials,
  ENTRIES,
  passwordHash,
  startIdentityServer,
} from '../support/proxy-users.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { secured } from '../support/tunnel.ts'

const PASSWORDS: Record<string, string> = {
  payments: 'p:s w@rd/%',
  orders: 'ünïcode €',
  'orders+billing': 'joined',
  nobody: 'x'.repeat(300),
}

const USERS = Object.entries(PASSWORDS).map(([name, password]) => ({ name, passwordHash: hashOf(password) }))

function hashOf(password: string, logCost?: number): PasswordHash {
  return parsePasswordHash(passwordHash(password, logCost)) as PasswordHash
}

async function start(t: TestContext) {
  const listen = { users: USERS }
  const started = await startIntercepting(t, await startIdentityServer(t), { listen }, ENTRIES)
  return { ...started, ...started.proxy }
}

const CHALLENGE = /\r\nProxy-Authenticate: Basic realm="certhop"\r\n/

describe('with users in the settings', () => {
  test('each user, by the password, is in the groups that its name says', async t => {
    const { connect, log } = await start(t)
    const runner = await connect()
    for (const [user, winner] of [
      ['payments', 'payments'],
      ['orders', 'orders'],
      ['orders+billing', 'payments'],
      ['nobody', 'everybody'],
      ['payments', 'payments'],
    ] as const) {
      runner.send(absolute(credentials(user, PASSWORDS[user])))
      assert.equal((await runner.response()).body, winner, user)
    }
    assert.doesNotMatch(log(), /joined|cGF5bWVudHM/)
  })

  test('a password may come as UTF-8 or as latin1', async t => {
    const listen = { users: [{ name: 'payments', passwordHash: hashOf('pässwörd') }] }
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), { listen }, ENTRIES)
    for (const charset of ['utf8', 'latin1'] as const) {
      const encoded = Buffer.from('payments:pässwörd', charset).toString('base64')
      const runner = await proxy.send(absolute(`Proxy-Authorization: Basic ${encoded}\r\n`))
      assert.equal((await runner.response()).body, 'payments', charset)
    }
  })

  const REFUSED: Record<string, string> = {
    'no credentials': '',
    'a wrong password': credentials('payments', 'wrong'),
    'no password': credentials('payments'),
    'a password that only begins right': credentials('payments', 'p:s w@rd/% '),
    "another user's password": credentials('payments', PASSWORDS['orders']),
    'an unknown user': credentials('unknown', PASSWORDS['payments']),
    'a user in capitals': credentials('Payments', PASSWORDS['payments']),
    'users that are joined, and are no user': credentials('payments+orders', PASSWORDS['payments']),
    'a user that is part of a joined one': credentials('billing', 'joined'),
    'the joined names in another order': credentials('billing+orders', 'joined'),
    'no user': credentials('', PASSWORDS['payments']),
    'a name that every object has': credentials('__proto__', ''),
    'another scheme': 'Proxy-Authorization: Bearer cGF5bWVudHM6cDpzIHdAcmQvJQ==\r\n',
    'broken base64': 'Proxy-Authorization: Basic cGF5!bWVudHM6cDpzIHdAcmQvJQ==\r\n',
    'two fields, one of them right':
      credentials('payments', PASSWORDS['payments']) + credentials('orders', 'wrong'),
    'Authorization in its place': credentials('payments', PASSWORDS['payments']).replace('Proxy-', ''),
  }
  for (const [name, fields] of Object.entries(REFUSED)) {
    test(`${name} is refused, and the connection goes on`, async t => {
      const { proxy, connect } = await start(t)
      const runner = await connect()
      for (const head of [absolute(fields), connectHead(fields), absolute(fields)]) {
        runner.send(head)
        const response = await runner.response()
        assertError(response, proxy, 'proxy_authentication_required', { hint: /http:\/\/USER:PASSWORD@/ })
        assert.match(response.head, CHALLENGE)
        assert.doesNotMatch(response.head, /\r\nConnection:/)
        assert.equal(proxy.records.at(-1)?.certificate, null)
      }
      runner.send(absolute(credentials('payments', PASSWORDS['payments'])))
      assert.equal((await runner.response()).body, 'payments')
    })
  }

  test('credentials that were right before do not help others on the same connection', async t => {
    const { proxy, send } = await start(t)
    const runner = await send(absolute(credentials('payments', PASSWORDS['payments'])))
    assert.equal((await runner.response()).body, 'payments')
    runner.send(absolute())
    assertError(await runner.response(), proxy, 'proxy_authentication_required')
    runner.send(absolute(credentials('payments', 'wrong')))
    assertError(await runner.response(), proxy, 'proxy_authentication_required')
  })

  test('a CONNECT that was refused is sent again on its connection, and its tunnel is opened', async t => {
    const { connect, ca } = await start(t)
    const runner = await connect()
    runner.send(connectHead())
    assert.equal((await runner.response()).status, 407)
    runner.send(connectHead(credentials('payments', PASSWORDS['payments'])))
    assert.equal(await runner.head(), 'HTTP/1.1 200 Connection Established\r\n\r\n')
    const { socket } = runner
    socket.removeAllListeners('data')
    const inside = new RawConnection(await secured(connectTls({ socket, servername: HOST, ca })))
    for (const fields of ['', credentials('orders', 'wrong')]) {
      inside.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`)
      assert.equal((await inside.response()).body, 'payments')
    }
  })

  test('what comes behind a CONNECT that is refused is no request, whoever has written it', async t => {
    const { proxy, send } = await start(t)
    for (const fields of ['', credentials('payments', 'wrong')]) {
      const runner = await send(
        connectHead(fields) + absolute(credentials('payments', PASSWORDS['payments'])),
      )
      const response = await runner.response()
      assertError(response, proxy, 'proxy_authentication_required')
      assert.match(response.head, /\r\nConnection: close\r\n/)
      assert.equal(await runner.untilEnd(), '')
    }
    assert.equal(proxy.records.length, 2)
  })

  test('a connection that is to close closes behind the refusal', async t => {
    const { send } = await start(t)
    for (const head of [
      absolute('Connection: close\r\n'),
      connectHead('Connection: close\r\n'),
      `CONNECT ${HOST}:443 HTTP/1.0\r\n\r\n`,
    ]) {
      const runner = await send(head)
      const response = await runner.response()
      assert.match(response.head, CHALLENGE)
      assert.match(response.head, /\r\nConnection: close\r\n/)
      assert.equal(await runner.untilEnd(), '')
    }
    const runner = await send(`CONNECT ${HOST}:443 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`)
    assert.match((await runner.response()).head, /\r\nConnection: keep-alive\r\n/)
  })

  test('a body waits for the check, and arrives whole', async t => {
    const { send, records } = await start(t)
    const body = 'x'.repeat(300_000)
    const fields = `${credentials('payments', PASSWORDS['payments'])}Content-Length: ${body.length}\r\n`
    const runner = await send(absolute(fields).replace('GET', 'POST') + body)
    assert.equal((await runner.response()).body, 'payments')
    assert.equal(records[0]?.bytesIn, body.length)
  })

  test('requests that were pipelined are checked one by one', async t => {
    const { send } = await start(t)
    const runner = await send(
      absolute(credentials('payments', PASSWORDS['payments'])) +
        absolute() +
        absolute(credentials('orders', PASSWORDS['orders'])),
    )
    assert.equal((await runner.response()).body, 'payments')
    assert.equal((await runner.response()).status, 407)
    assert.equal((await runner.response()).body, 'orders')
  })

  test('a runner that leaves during its check is recorded, and others go on', async t => {
    const { proxy, send } = await start(t)
    for (const head of [absolute, connectHead]) {
      const { promise, resolve } = Promise.withResolvers<void>()
      proxy.app.events.onRequest(() => resolve())
      const leaving = await send(head(credentials('payments', 'wrong')))
      leaving.close()
      await promise
    }
    const runner = await send(absolute(credentials('payments', PASSWORDS['payments'])))
    assert.equal((await runner.response()).body, 'payments')
  })

  test('Node sends the credentials of the proxy’s URL', async t => {
    const { port, ca } = await start(t)
    const proxyUrl = `http://payments:${encodeURIComponent(PASSWORDS['payments'] ?? '')}@127.0.0.1:${port}`
    const proxyEnv = { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl }
    const inClear = httpRequest(`http://${HOST}/`, { agent: new Agent({ proxyEnv }) })
    const inTls = httpsRequest(`https://${HOST}/`, { agent: new HttpsAgent({ proxyEnv, ca }) })
    for (const sent of [inClear, inTls]) {
      const [response] = (await once(sent.end(), 'response')) as [IncomingMessage]
      assert.equal(await text(response), 'payments')
    }
  })
})

describe('a password', () => {
  const runner = () => ({ remoteAddress: '127.0.0.1', certifiedName: null })
  const value = (user: string, password: string) =>
    credentials(user, password).trim().replace('Proxy-Authorization: ', '')

  test('is checked once: what was right is known at once from then on, and only that', async () => {
    const authentication = new Authentication([
      { name: 'a', passwordHash: hashOf('right') },
      { name: 'b', passwordHash: hashOf('other') },
    ])
    const first = authentication.admit(value('a', 'right'), runner())
    assert(first instanceof Promise)
    assert.deepEqual(await first, ['a'])
    assert.deepEqual(authentication.admit(value('a', 'right'), runner()), ['a'])
    const wrongOnes = [value('a', 'wrong'), value('b', 'right'), value('c', 'right'), value('a', 'wrong')]
    for (const wrong of wrongOnes) {
      const later = authentication.admit(wrong, runner())
      assert(later instanceof Promise)
      await assert.rejects(later, { code: 'proxy_authentication_required' })
    }
    assert.deepEqual(authentication.admit(value('a', 'right'), runner()), ['a'])
  })

  test('that a hundred connections send at once is checked once for all of them', async () => {
    const authentication = new Authentication([{ name: 'a', passwordHash: hashOf('right', 13) }])
    const started = performance.now()
    await assert.rejects(async () => authentication.admit(value('a', 'wrong'), runner()))
    const one = performance.now() - started
    const again = performance.now()
    const all = Array.from({ length: 100 }, () => authentication.admit(value('a', 'right'), runner()))
    for (const groups of await Promise.all(all)) assert.deepEqual(groups, ['a'])
    assert(performance.now() - again < 25 * one, 'it took less than 25 checks')
  })

  test('of a user that does not exist takes as long as a wrong one', async () => {
    const authentication = new Authentication([{ name: 'a', passwordHash: hashOf('right', 13) }])
    const fastest = async (user: string) => {
      const times: number[] = []
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const started = performance.now()
        await assert.rejects(async () => authentication.admit(value(user, 'wrong'), runner()))
        times.push(performance.now() - started)
      }
      return Math.min(...times)
    }
    const [known, unknown] = [await fastest('a'), await fastest('b')]
    // An answer without a check would take a thousandth.
    assert(unknown > known / 5, `${known} ms and ${unknown} ms`)
  })

  test('is not checked for a runner that has gone, unless others wait for the same', async () => {
    const authentication = new Authentication([{ name: 'a', passwordHash: hashOf('right') }])
    const [busy, left, stays] = [runner(), runner(), runner()]
    const begun = Array.from({ length: 2 }, (_, index) =>
      assert.rejects(async () => authentication.admit(value('a', `wrong ${index}`), runner())),
    )
    void authentication.admit(value('a', 'right'), left)
    const shared = authentication.admit(value('a', 'right'), stays)
    const gone = authentication.admit(value('a', 'also wrong'), busy)
    authentication.forget(left)
    authentication.forget(busy)
    authentication.forget(busy)
    assert.deepEqual(await shared, ['a'])
    await Promise.all(begun)
    // Neither kept nor rejected: nobody is there to be told.
    assert.equal(await Promise.race([gone, Promise.resolve('pending')]), 'pending')
    assert.deepEqual(authentication.admit(value('a', 'right'), busy), ['a'])
  })
})

describe('checks of passwords', () => {
  /** Checks that run until they are let go, by their names in the order in which they began. */
  function startQueue() {
    const queue = new PasswordChecks()
    const begun: string[] = []
    const running: (() => void)[] = []
    const make = (name: string, address: string): Check => ({
      address,
      run: () => {
        begun.push(name)
        const { promise, resolve } = Promise.withResolvers<void>()
        running.push(resolve)
        return promise
      },
    })
    const finishOne = async () => {
      running.shift()?.()
      await new Promise(resolve => setImmediate(resolve))
    }
    return { queue, begun, make, finishOne }
  }

  test('run two at once, and addresses take turns, however many ask from one', async () => {
    const { queue, begun, make, finishOne } = startQueue()
    for (let index = 0; index < 5; index += 1) queue.add(make(`a${index}`, 'a'))
    queue.add(make('b0', 'b'))
    queue.add(make('c0', 'c'))
    queue.add(make('b1', 'b'))
    assert.deepEqual(begun, ['a0', 'a1'])
    for (let index = 0; index < 6; index += 1) await finishOne()
    assert.deepEqual(begun, ['a0', 'a1', 'a2', 'b0', 'c0', 'a3', 'b1', 'a4'])
  })

  test('can be taken back until they begin', async () => {
    const { queue, begun, make, finishOne } = startQueue()
    const checks = ['a', 'b', 'c', 'd'].map(name => make(name, 'same'))
    for (const check of checks) queue.add(check)
    const [first, , third, fourth] = checks as [Check, Check, Check, Check]
    assert.deepEqual(
      [queue.withdraw(first), queue.withdraw(third), queue.withdraw(third)],
      [false, true, false],
    )
    await finishOne()
    assert.deepEqual(begun, ['a', 'b', 'd'])
    assert.equal(queue.withdraw(fourth), false)
  })
})
