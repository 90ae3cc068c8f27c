import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { defaultSettings } from '../../src/settings/load.ts'
import { readSamples, scrape } from '../support/metrics.ts'
import { startPath } from '../support/path.ts'
import type { ProxySettings, TestProxy } from '../support/proxy.ts'
import type { RawConnection } from '../support/raw-connection.ts'
import { startFullServer, startRawServer } from '../support/servers.ts'

const DOCUMENT = readFileSync(new URL('../../docs/operation.md', import.meta.url), 'utf8')
const ROWS = [
  ...DOCUMENT.matchAll(/^\| `(\w+(?:\.\w+)?)` \| .+ \| (?:`(\w+)`|none: .+) \| `(certhop_.+)` \|$/gm),
]

/** Long enough for what is not slow. */
const SHORT = 300
const NAMED = 'GET http://api.test/ HTTP/1.1\r\nHost: x\r\n'

function start(t: TestContext, settings: ProxySettings = {}) {
  return startPath(t, 'with a certificate', { admin: { host: '127.0.0.1', port: 0 }, ...settings })
}

/** The code that a runner is told. */
async function toldTo(runner: RawConnection): Promise<string> {
  return JSON.parse((await runner.response()).body).type.replace('urn:certhop:error:', '')
}

/** Reaches a limit over real sockets. Resolves with the code that the runner is told; null when its connection just ends. */
type Reach = (t: TestContext) => Promise<{ proxy: TestProxy; code: string | null }>

/** What `text` on a new connection is told. */
function saying(text: string, settings: ProxySettings): Reach {
  return async t => {
    const { proxy } = await start(t, settings)
    return { proxy, code: await toldTo(await proxy.send(text)) }
  }
}

const REACH: Readonly<Record<string, Reach>> = {
  'limits.connections': async t => {
    const { proxy, server, url } = await start(t, { limits: { connections: 1 } })
    await proxy.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    await server.accept()
    return { proxy, code: await toldTo(await proxy.connect()) }
  },
  'limits.headerBytes': saying(`${NAMED}X: ${'x'.repeat(1024)}`, { limits: { headerBytes: 1024 } }),
  'limits.headerFields': saying(`${NAMED}A: a\r\nB: b\r\n\r\n`, { limits: { headerFields: 2 } }),
  'limits.headerTimeout': saying(NAMED, { limits: { headerTimeout: SHORT } }),
  'limits.idleTimeout': async t => {
    const { proxy } = await start(t, { limits: { idleTimeout: SHORT } })
    assert.equal(await (await proxy.connect()).untilEnd(), '')
    return { proxy, code: null }
  },
  'limits.tunnelIdleTimeout': async t => {
    const blind = await startRawServer(t)
    const { proxy } = await start(t, { limits: { tunnelIdleTimeout: SHORT } })
    const runner = await proxy.send(`CONNECT 127.0.0.1:${blind.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await runner.head()
    runner.send('octets')
    const peer = await blind.accept()
    assert.deepEqual([await runner.untilEnd(), await peer.untilEnd()], ['', 'octets'])
    return { proxy, code: null }
  },
  'upstream.connectTimeout': async t => {
    const port = await startFullServer(t)
    return saying(`GET http://api.test:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`, {
      upstream: { connectTimeout: SHORT },
    })(t)
  },
  'upstream.handshakeTimeout': async t => {
    const { port } = await startRawServer(t)
    return saying(`GET https://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`, {
      upstream: { handshakeTimeout: SHORT },
    })(t)
  },
  'upstream.responseTimeout': async t => {
    const { port } = await startRawServer(t)
    return saying(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`, {
      upstream: { responseTimeout: SHORT },
    })(t)
  },
  shutdownTimeout: async t => {
    const { proxy, server, url } = await start(t, { shutdownTimeout: SHORT })
    const runner = await proxy.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    await (await server.accept()).head()
    await proxy.setEntries([])
    return { proxy, code: await toldTo(runner) }
  },
}

test('docs/operation.md lists every limit that the settings have', () => {
  const { limits, upstream } = defaultSettings('registry.yaml')
  const timeouts = Object.keys(upstream).filter(name => name.endsWith('Timeout'))
  // How long a connection is kept is a limit to nobody.
  const expected = [
    ...Object.keys(limits).map(name => `limits.${name}`),
    ...timeouts.filter(name => name !== 'idleTimeout').map(name => `upstream.${name}`),
    'shutdownTimeout',
  ]
  assert.deepEqual(
    ROWS.map(([, setting]) => setting),
    expected,
  )
})

describe('A limit that is reached tells the code and shows in the metric that docs/operation.md says:', () => {
  for (const [, setting = '', expected = null, metric = ''] of ROWS) {
    test(setting, async t => {
      const reach = REACH[setting]
      assert.ok(reach, 'there is no test of it')
      const { proxy, code } = await reach(t)
      assert.equal(code, expected)
      assert.equal(readSamples(await scrape(proxy)).get(metric), 1)
    })
  }
})

test('A ClientHello that is longer than limits.headerBytes ends its tunnel, and shows as header_too_large', async t => {
  const { proxy, server } = await start(t, { limits: { headerBytes: 1024 } })
  const runner = await proxy.send(`CONNECT api.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await runner.head()
  // A handshake message of 64 KiB, in a record that is complete.
  const octets = `\x16\x03\x01\x10\x00\x01\x00\xff\xff${'\0'.repeat(4092)}`
  runner.send(octets)
  assert.equal(await runner.untilEnd(), '')
  assert.deepEqual([proxy.records[0]?.way, proxy.records[0]?.error], ['tunnel', 'header_too_large'])
})
