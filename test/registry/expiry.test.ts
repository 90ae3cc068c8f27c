import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Certificate } from '../support/certificates.ts'
import { get } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { startProxy, type TestEntry, type TestProxy } from '../support/proxy.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'

const DAY = 86_400_000

interface Line {
  readonly level: number
  readonly msg: string
  readonly id: string
  readonly notAfter: string
  readonly daysLeft: number
  readonly advice: string
}

/** The lines of the log about the end of a certificate. */
function warnings(proxy: TestProxy): Line[] {
  const lines = proxy.log().trimEnd().split('\n')
  return lines.map(line => JSON.parse(line)).filter(line => 'daysLeft' in line)
}

function summary(proxy: TestProxy) {
  return warnings(proxy).map(({ level, id, daysLeft }) => [level, id, daysLeft])
}

const WARN = 40
const ERROR = 50

/** In so many days and two or three seconds, which is as long as a proxy has to start: a certificate knows whole seconds only. */
function inDays(days: number): Date {
  return new Date((Math.ceil(Date.now() / 1000) + 2) * 1000 + days * DAY)
}

async function entry(id: string, notAfter: Date, certificate?: Certificate): Promise<TestEntry> {
  const notBefore = new Date(Math.min(Date.now(), notAfter.getTime()) - DAY)
  return {
    id,
    host: `${id}.test`,
    certificate: certificate ?? (await MINTED.authority.client({ name: id, notBefore, notAfter })),
  }
}

/** Waits until there are so many. */
async function warned(proxy: TestProxy, count: number): Promise<void> {
  while (warnings(proxy).length < count) {
    await new Promise<void>(resolve => proxy.app.events.onNotice(() => resolve()))
  }
}

describe('the log', { concurrency: true }, () => {
  test('warns at the start of what expires within 30 days, and tells what has expired', async t => {
    const days = { later: 31, month: 29, fortnight: 13, week: 6, tomorrow: 0.5, past: -1.5 }
    const entries = await Promise.all(Object.entries(days).map(([id, left]) => entry(id, inDays(left))))
    const proxy = await startProxy(t, entries)
    assert.deepEqual(summary(proxy), [
      [WARN, 'month', 29],
      [WARN, 'fortnight', 13],
      [WARN, 'week', 6],
      [WARN, 'tomorrow', 0],
      [ERROR, 'past', -2],
    ])
    for (const { notAfter, advice, id } of warnings(proxy)) {
      const certificate = entries.find(each => each.id === id)?.certificate
      assert.equal(Date.parse(notAfter), certificate?.x509.validToDate.getTime())
      assert.notEqual(advice, '')
    }
    const messages = warnings(proxy).map(({ msg }) => msg.replace(/\d{4}-.*/, ''))
    assert.deepEqual(messages, [
      'the certificate of `month` expires in 29 days, at ',
      'the certificate of `fortnight` expires in 13 days, at ',
      'the certificate of `week` expires in 6 days, at ',
      'the certificate of `tomorrow` expires within a day, at ',
      'the certificate of `past` expired at ',
    ])
    assert.equal(proxy.log().match(/client_certificate_expired/g)?.length, 1)
  })

  test('says nothing twice, whatever is reloaded, and warns of what a reload brings', async t => {
    const [old, other] = [await entry('old', inDays(6)), await entry('other', inDays(-1))]
    const proxy = await startProxy(t, [old, other])
    assert.equal(warnings(proxy).length, 2)
    await proxy.app.reload('request')
    await proxy.setEntries([other, { ...old, tls: { http2: false } }])
    assert.equal(warnings(proxy).length, 2)
    await proxy.setEntries([old, other, await entry('added', inDays(13))])
    assert.deepEqual(summary(proxy).slice(2), [[WARN, 'added', 13]])
    await proxy.setEntries([await entry('old', inDays(400)), other])
    await proxy.setEntries([await entry('old', inDays(3)), other])
    assert.deepEqual(summary(proxy).slice(3), [[WARN, 'old', 3]])
  })

  test('warns at each threshold when it passes, without a reload', async t => {
    const proxy = await startProxy(t, [await entry('soon', inDays(7))])
    assert.equal(warnings(proxy).length, 1)
    await warned(proxy, 2)
    const [, { id, level, notAfter }] = warnings(proxy) as [Line, Line]
    assert.deepEqual([id, level], ['soon', WARN])
    assert.ok(Date.now() + 7 * DAY >= Date.parse(notAfter))
  })

  test('tells once when a certificate expires, and its requests get that error from then on', async t => {
    const ending = await entry('ending', inDays(0))
    const proxy = await startProxy(t, [ending])
    await warned(proxy, 2)
    assert.match(proxy.log(), /"code":"client_certificate_expired"/)
    const runner = await proxy.send(get('https://ending.test/'))
    assert.match((await runner.response()).body, /client_certificate_expired/)
    await proxy.app.reload('request')
    assert.deepEqual(summary(proxy), [
      [WARN, 'ending', 0],
      [ERROR, 'ending', -1],
    ])
  })

  test('tells of an intermediate that expires before its certificate does, and of no other', async t => {
    const issued = async (notAfter: Date) => {
      const intermediate = await MINTED.authority.intermediate({ name: 'Intermediate', notAfter })
      return intermediate.client({ name: 'leaf', notAfter: inDays(100) })
    }
    const entries = [
      await entry('ending', new Date(), await issued(inDays(6))),
      await entry('ended', new Date(), await issued(inDays(-0.5))),
      await entry('fine', new Date(), await issued(inDays(90))),
    ]
    const proxy = await startProxy(t, entries)
    assert.deepEqual(summary(proxy), [
      [WARN, 'ending', 6],
      [ERROR, 'ended', -1],
    ])
    assert.match(warnings(proxy)[0]?.msg ?? '', /^an intermediate certificate of `ending` expires in 6 days/)
    const { certificate } = entries[2] as TestEntry
    const facts = proxy.app.registry.current.entries[2]?.facts
    assert.equal(facts?.notAfter, certificate.x509.validToDate.getTime())
  })
})

test('a certificate takes over at the moment from which it is valid, without a reload', async t => {
  const port = await startHttpsServer(
    t,
    { certificate: MINTED.server, clientAuthority: MINTED.authority, options: { rejectUnauthorized: false } },
    (request, response) => {
      const name = clientName(request.socket) ?? ''
      response.writeHead(200, { 'content-length': name.length }).end(name)
    },
  )
  const notBefore = inDays(0)
  const tomorrows = await MINTED.authority.client({ name: 'tomorrow', notBefore })
  const common = { host: 'api.test', ca: MINTED.authority }
  const proxy = await startProxy(
    t,
    [
      { id: 'today', certificate: MINTED.client, ...common },
      { id: 'tomorrow', certificate: tomorrows, ...common },
    ],
    { resolve: { 'api.test': `127.0.0.1:${port}` } },
  )
  const { generation } = proxy.app.registry.current
  assert.equal(await whoAnswers(proxy), 'runner')
  let seen = 'runner'
  let asked = 0
  while (seen === 'runner') {
    asked = Date.now()
    seen = await whoAnswers(proxy)
    assert.ok(seen !== 'runner' || asked <= notBefore.getTime(), 'the old one is not used any more')
  }
  assert.equal(seen, 'tomorrow')
  assert.ok(Date.now() >= notBefore.getTime(), 'not before its time')
  assert.equal(proxy.app.registry.current.generation, generation)
})

async function whoAnswers(proxy: TestProxy): Promise<string> {
  const runner = await proxy.send(get('https://api.test/'))
  const { body } = await runner.response()
  runner.close()
  return body
}
