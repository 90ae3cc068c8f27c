import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { assertError } from '../support/error-answer.ts'
import { http2Over, startHttp2Server } from '../support/http2.ts'
import { get, HOST, startIntercepting } from '../support/interception.ts'
import type { TestEntry } from '../support/proxy.ts'
import {
  absolute,
  connectHead,
  credentials,
  ENTRIES,
  SERVER,
  startIdentityServer,
} from '../support/proxy-users.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startRawServer } from '../support/servers.ts'
import { secured } from '../support/tunnel.ts'

/** Which certificate a request by each of these proxy users goes out with. */
const WINNERS: Record<string, string> = {
  payments: 'payments',
  billing: 'payments',
  orders: 'orders',
  'orders+payments': 'payments',
  'billing+orders+unknown': 'payments',
  unknown: 'everybody',
  Payments: 'everybody',
  'payments ': 'everybody',
  '': 'everybody',
}

describe('a request goes out with the certificate of the groups that its proxy user names', () => {
  test('on one connection, request by request, and over connections that the pool keeps', async t => {
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const runner = await proxy.connect()
    for (const round of [1, 2]) {
      runner.send(absolute())
      assert.equal((await runner.response()).body, 'everybody')
      for (const [user, winner] of Object.entries(WINNERS)) {
        runner.send(absolute(credentials(user, `password of ${round}: any`)))
        assert.equal((await runner.response()).body, winner, user)
      }
    }
    assert(proxy.records.slice(-9).every(record => record.reused))
    assert.doesNotMatch(proxy.log(), /password|Basic/)
  })

  test('on many connections at once', async t => {
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const users = Object.keys(WINNERS)
    await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const runner = await proxy.connect()
        for (let turn = 0; turn < 10; turn += 1) {
          const user = users[(index + turn) % users.length] as string
          runner.send(absolute(credentials(user)))
          assert.equal((await runner.response()).body, WINNERS[user], user)
        }
      }),
    )
  })

  test('when it is pipelined behind one of another group', async t => {
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const runner = await proxy.send(
      absolute(credentials('payments')) + absolute() + absolute(credentials('orders')),
    )
    for (const winner of ['payments', 'everybody', 'orders']) {
      assert.equal((await runner.response()).body, winner)
    }
  })

  test('as node:http sends it', async t => {
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const headers = { 'proxy-authorization': `Basic ${btoa('payments:')}` }
    const sent = request({ port: proxy.port, path: `http://${HOST}/`, headers: { ...headers, host: HOST } })
    const [response] = (await once(sent.end(), 'response')) as [IncomingMessage]
    assert.equal(await text(response), 'payments')
  })
})

describe('a tunnel belongs to the groups of its CONNECT', () => {
  test('whatever the requests inside say', async t => {
    const { tunnel, ca } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    for (const [user, winner] of Object.entries(WINNERS)) {
      const { socket } = await tunnel(connectHead(credentials(user)))
      const runner = new RawConnection(await secured(connectTls({ socket, servername: HOST, ca })))
      for (const inside of [
        '',
        credentials('payments'),
        credentials('orders'),
        'Proxy-Authorization: no\r\n',
      ]) {
        runner.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${inside}\r\n`)
        assert.equal((await runner.response()).body, winner, `${user} ${inside}`)
      }
    }
  })

  test('in clear text', async t => {
    const { tunnel } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const head = connectHead(credentials('payments')).replaceAll(':443', ':80')
    const { socket } = await tunnel(head)
    const runner = new RawConnection(socket)
    for (const inside of ['', credentials('orders')]) {
      runner.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${inside}\r\n`)
      assert.equal((await runner.response()).body, 'payments')
    }
  })

  test('over HTTP/2', async t => {
    const server = await startHttp2Server(t, SERVER)
    const { tunnel, ca } = await startIntercepting(t, server.port, {}, ENTRIES)
    for (const [user, winner] of [
      ['payments', 'payments'],
      ['orders', 'orders'],
      ['', 'everybody'],
    ] as const) {
      const { socket } = await tunnel(connectHead(credentials(user)))
      const tls = await secured(connectTls({ socket, servername: HOST, ca, ALPNProtocols: ['h2'] }))
      const session = http2Over(tls, HOST)
      const stream = session.request({ ':path': '/' })
      const accepted = await server.accept()
      assert.equal(accepted.identity, winner)
      accepted.stream.respond({ ':status': 200 }, { endStream: true })
      await once(stream, 'response')
      session.destroy()
    }
  })

  test('and is not opened for a group that has no certificate for the host', async t => {
    const server = await startRawServer(t)
    const { tunnel } = await startIntercepting(t, server.port, {}, ENTRIES.slice(1))
    const { socket } = await tunnel(connectHead(credentials('other')))
    socket.write('as it is')
    assert.equal(await (await server.accept()).until('as it is'), 'as it is')
  })
})

describe('an entry with groups', () => {
  test('is none for a request without them, which then goes the way of a host without a certificate', async t => {
    const settings = { requireCertificate: ['*.test'] }
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), settings, ENTRIES.slice(1))
    for (const fields of ['', credentials('other'), credentials('PAYMENTS')]) {
      const runner = await proxy.send(absolute(fields))
      assertError(await runner.response(), proxy, 'certificate_required')
    }
    const runner = await proxy.send(absolute(credentials('payments')))
    assert.equal((await runner.response()).body, 'payments')
  })

  test('whose groups change serves the new ones alone, from the reload on, over kept connections', async t => {
    const { proxy } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const runner = await proxy.send(absolute(credentials('payments')))
    assert.equal((await runner.response()).body, 'payments')
    const [first, second, third] = ENTRIES as [TestEntry, TestEntry, TestEntry]
    await proxy.setEntries([first, second, { ...third, groups: ['billing'] }])
    for (const [user, winner] of [
      ['payments', 'everybody'],
      ['billing', 'payments'],
    ] as const) {
      runner.send(absolute(credentials(user)))
      assert.equal((await runner.response()).body, winner)
    }
  })
})

test('A group that is left out of an entry loses its HTTP/2 tunnels: they finish what is asked and take no more', async t => {
  const server = await startHttp2Server(t, SERVER)
  const { proxy, tunnel, ca } = await startIntercepting(t, server.port, {}, ENTRIES)
  const { socket } = await tunnel(connectHead(credentials('payments')))
  const tls = await secured(connectTls({ socket, servername: HOST, ca, ALPNProtocols: ['h2'] }))
  const session = http2Over(tls, HOST)
  const stream = session.request({ ':path': '/' })
  const { stream: answer } = await server.accept()
  const goaway = once(session, 'goaway')
  const [first, second, third] = ENTRIES as [TestEntry, TestEntry, TestEntry]
  await proxy.setEntries([first, second, { ...third, groups: ['billing'] }])
  await goaway
  answer.respond({ ':status': 204 }, { endStream: true })
  const [headers] = await once(stream, 'response')
  assert.equal(headers[':status'], 204)
  session.destroy()
})

describe('credentials that cannot be read are refused, because the certificate would be another one than the runner means', () => {
  const field = (value: string) => `Proxy-Authorization: ${value}\r\n`
  const encoded = (octets: string) => field(`Basic ${Buffer.from(octets, 'latin1').toString('base64')}`)
  const UNREADABLE: Record<string, string> = {
    'another scheme': field('Bearer cGF5bWVudHM6'),
    'a digest': field('Digest username="payments", realm="x"'),
    'no credentials': field('Basic'),
    'an empty field': field(''),
    'no space behind the scheme': field(`Basic${btoa('payments:')}`),
    'a parameter behind them': field(`Basic ${btoa('payments:')} x`),
    'no colon': encoded('payments'),
    'base64 without its padding': field(`Basic ${btoa('billing:').replace(/=+$/, '')}`),
    'base64 with rubbish in it': field('Basic cGF5!bWVudHM6'),
    base64url: field('Basic cGF5bWVudHM_Pz8_Og'),
    'base64 with bits that mean nothing': field('Basic cGF5bWVudHM7Oh=='),
    'a NUL': encoded('pay\0ments:'),
    'a line feed in the user': encoded('payments\n:'),
    'a carriage return in the password': encoded('payments:\r'),
    'two fields': credentials('payments') + credentials('orders'),
    'two fields that are equal': credentials('payments') + credentials('payments'),
    'two in one field': field(`Basic ${btoa('payments:')}, Basic ${btoa('orders:')}`),
  }
  for (const [name, fields] of Object.entries(UNREADABLE)) {
    test(name, async t => {
      const { proxy } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
      for (const head of [absolute(fields), connectHead(fields)]) {
        const runner = await proxy.send(head)
        const hint = /http:\/\/GROUP@HOST:PORT/
        assertError(await runner.response(), proxy, 'bad_request', { detail: /Proxy-Authorization/, hint })
      }
    })
  }

  test('but not those that mean nothing to a proxy: inside a tunnel', async t => {
    const { open } = await startIntercepting(t, await startIdentityServer(t), {}, ENTRIES)
    const runner = await open()
    runner.send(get('/').replace('\r\n\r\n', `\r\n${UNREADABLE['two fields']}\r\n`))
    assert.equal((await runner.response()).body, 'everybody')
  })
})
