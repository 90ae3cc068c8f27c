import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listenWithLimits, startAdmin } from '../support/admin.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { sendConnect } from '../support/tunnel.ts'

const PATH = '/api/certificates'
const MEBIBYTE = 1024 ** 2

describe('the proxy', () => {
  test('never leads to the admin plane, by whatever name', async t => {
    const admin = await startAdmin(t, [], { resolve: { 'alias.test': '127.0.0.1' } })
    const { port } = admin
    for (const host of [
      '127.0.0.1',
      'localhost',
      'LOCALHOST.',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0.0.0.0',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      'alias.test',
    ]) {
      const runner = await admin.proxy.send(
        `GET http://${host}:${port}/livez HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`,
      )
      const answer = await runner.untilEnd()
      assert.match(answer, /^HTTP\/1\.1 508 /, host)
      assert.match(answer, /urn:certhop:error:loop_detected/)
      const tunnel = await sendConnect(
        admin.proxy.port,
        `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`,
      )
      assert.match(tunnel.answer, /^HTTP\/1\.1 508 /, host)
      tunnel.socket.destroy()
    }
  })

  test('leads to it neither where it listens on ::1', async t => {
    const admin = await startAdmin(t, [], { admin: { host: '::1', port: 0 } })
    assert.match(admin.url, /^http:\/\/\[::1\]:/)
    for (const host of ['[::1]', '[0:0:0:0:0:0:0:1]', '[::]']) {
      const runner = await admin.proxy.send(
        `GET http://${host}:${admin.port}/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      assert.match(await runner.untilEnd(), /^HTTP\/1\.1 508 /, host)
    }
  })
})

describe('the admin plane', () => {
  test('is no proxy itself', async t => {
    const admin = await startAdmin(t)
    const own = `127.0.0.1:${admin.port}`
    for (const request of [
      `GET http://api.example/ HTTP/1.1\r\nHost: ${own}\r\n\r\n`,
      `GET http://${own}/livez HTTP/1.1\r\nHost: ${own}\r\n\r\n`,
      `CONNECT api.example:443 HTTP/1.1\r\nHost: ${own}\r\n\r\n`,
      `CONNECT ${own} HTTP/1.1\r\nHost: ${own}\r\n\r\n`,
      `OPTIONS * HTTP/1.1\r\nHost: ${own}\r\n\r\n`,
    ]) {
      const answer = await admin.ask(request)
      assert.equal(answer.status, 400, request)
      assert.match(answer.body, /not the proxy/)
    }
  })

  for (const path of [
    '/../../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../../package.json',
    '/assets/..%5c..%5cpackage.json',
    '/..;/package.json',
    '/index.html%00.png',
    '/%00',
    '//etc/passwd',
    '//evil.example/api/status',
    '/./package.json',
    '/\\..\\package.json',
    '/%',
    '/%ff',
  ]) {
    test(`serves no file at ${path}`, async t => {
      const admin = await startAdmin(t)
      const answer = await admin.ask(admin.head(`GET ${path}`))
      assert.equal(answer.status, 404)
      assert.match(answer.body, /There is nothing at this path/)
    })
  }

  for (const id of [
    '..%2f..%2fstate',
    '%2e%2e',
    '..',
    '%00',
    'a%2f..%2fb',
    '%',
    'A%20B',
    '*',
    'x'.repeat(300),
  ]) {
    test(`removes nothing by the id ${id.slice(0, 20)}`, async t => {
      const admin = await startAdmin(t)
      const authorization = `Authorization: Bearer ${admin.token}`
      for (const line of [`DELETE ${PATH}/${id}`, `GET ${PATH}/${id}/removal`]) {
        const answer = await admin.ask(admin.head(line, authorization))
        assert.equal(answer.status, 404, answer.body)
      }
    })
  }

  test('takes a body of a mebibyte, and not one octet more, whether its length is said or not', async t => {
    const admin = await startAdmin(t)
    const fields = [`Authorization: Bearer ${admin.token}`, 'Content-Type: application/json']
    const post = (...more: string[]) => admin.head(`POST ${PATH}`, ...fields, ...more)
    const whole = `"${'x'.repeat(MEBIBYTE - 2)}"`
    assert.equal((await admin.ask(post(`Content-Length: ${MEBIBYTE}`) + whole)).status, 422)
    const said = await admin.ask(post(`Content-Length: ${MEBIBYTE + 1}`))
    assert.equal(said.status, 413)
    const chunk = `${(MEBIBYTE + 1).toString(16)}\r\n${whole}x\r\n0\r\n\r\n`
    assert.equal((await admin.ask(post('Transfer-Encoding: chunked') + chunk)).status, 413)
    assert.equal((await admin.ask(post('Content-Length: 99999999999999999999'))).status, 400)
  })

  test('takes JSON and forms alone, not compressed', async t => {
    const admin = await startAdmin(t)
    for (const [path, type, status] of [
      [PATH, 'text/plain', 415],
      [PATH, 'application/x-www-form-urlencoded', 415],
      [PATH, 'application/xml', 415],
      [PATH, 'multipart/form-data', 400],
      ['/session', 'multipart/form-data; boundary=x', 415],
      ['/session', 'text/plain', 415],
    ] as const) {
      const fields = [`Authorization: Bearer ${admin.token}`, `Content-Type: ${type}`, 'Content-Length: 2']
      assert.equal((await admin.ask(`${admin.head(`POST ${path}`, ...fields)}{}`)).status, status, type)
    }
    const none = [`Authorization: Bearer ${admin.token}`, 'Content-Length: 2']
    assert.equal((await admin.ask(`${admin.head(`POST ${PATH}`, ...none)}{}`)).status, 415)
    const compressed = [...none, 'Content-Type: application/json', 'Content-Encoding: gzip']
    assert.equal((await admin.ask(`${admin.head(`POST ${PATH}`, ...compressed)}{}`)).status, 415)
  })

  test('says of JSON that is none only that it is none', async t => {
    const admin = await startAdmin(t)
    for (const body of ['{"passphrase":"canary', 'canary', '[canary]', '']) {
      const fields = [
        `Authorization: Bearer ${admin.token}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ]
      const answer = await admin.ask(admin.head(`POST ${PATH}`, ...fields) + body)
      assert.equal(answer.status, 400)
      assert.doesNotMatch(answer.body, /canary/)
    }
    assert.doesNotMatch(admin.proxy.log(), /canary/)
  })

  test('takes neither two lengths, nor a length beside chunks, nor what stands behind a request for another', async t => {
    const admin = await startAdmin(t)
    const { head, token } = admin
    const authorization = `Authorization: Bearer ${token}`
    const smuggled = head(`DELETE ${PATH}/x`, authorization)
    for (const framing of [
      ['Content-Length: 0', `Content-Length: ${smuggled.length}`],
      [`Content-Length: ${smuggled.length}`, 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'Content-Length: 0'],
      ['Transfer-Encoding: gzip, chunked, identity'],
      ['Transfer-Encoding : chunked'],
      ['Content-Length: +5'],
      ['Content-Length: 0x5'],
      ['X: a\nTransfer-Encoding: chunked'],
    ]) {
      const connection = await RawConnection.connect(admin.port)
      connection.send(`${head('GET /livez', ...framing)}${smuggled}`)
      const all = await connection.untilEnd()
      assert.match(all, /^HTTP\/1\.1 400 /, framing.join())
      assert.equal(all.match(/HTTP\/1\.1 /g)?.length, 1, framing.join())
      connection.close()
    }
  })

  test('refuses a head that is too large', async t => {
    const admin = await startAdmin(t)
    const answer = await admin.ask(admin.head('GET /livez', `X: ${'x'.repeat(20_000)}`))
    assert.equal(answer.status, 431)
  })

  test('does not wait for what never comes: a head, a body', async t => {
    const port = await listenWithLimits(t, { connections: 100, headTimeout: 50, requestTimeout: 100 })
    for (const text of [
      'GET /livez HT',
      'GET /livez HTTP/1.1\r\nHost: x\r\n',
      `POST /session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    ]) {
      const connection = await RawConnection.connect(port)
      connection.send(text)
      assert.match(await connection.untilEnd(), /^HTTP\/1\.1 408 /)
      connection.close()
    }
  })
  test('takes so many connections and no more, and others again when these are gone', async t => {
    const port = await listenWithLimits(t, { connections: 2, headTimeout: 10_000, requestTimeout: 10_000 })
    const first = await RawConnection.connect(port)
    const second = await RawConnection.connect(port)
    const ask = `GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
    for (const connection of [first, second]) {
      connection.send(ask)
      assert.equal((await connection.response()).status, 200)
    }
    const third = await RawConnection.connect(port)
    assert.equal(await third.untilEnd(), '')
    first.send(ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    await first.untilEnd()
    first.close()
    await first.closed()
    const fourth = await RawConnection.connect(port)
    fourth.send(ask)
    assert.equal((await fourth.response()).status, 200)
    for (const connection of [second, third, fourth]) connection.close()
  })
})
