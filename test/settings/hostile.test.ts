import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseHostPattern } from '../../src/registry/pattern.ts'
import { parseSettings } from '../../src/settings/load.ts'
import { hostileYaml } from '../support/hostile-yaml.ts'
import { trials } from '../support/property.ts'

const GOOD = {
  version: 1,
  listen: {
    host: '127.0.0.1',
    port: 8128,
    allowRemote: false,
    users: [{ name: 'a', passwordHash: 'x' }],
    tls: null,
  },
  admin: { host: '127.0.0.1', port: 8129 },
  registry: './registry.yaml',
  stateDirectory: '~/state',
  authority: { cert: 'a.crt', key: 'a.key' },
  plainHttp: 'upgrade',
  unmatched: 'forward',
  requireCertificate: ['*.example'],
  resolve: { 'a.example:443': '127.0.0.1:8443' },
  egressProxy: { url: 'http://user:pass@proxy.example:3128', noProxy: ['*.internal', '10.0.0.0/8'] },
  destinations: { deny: ['169.254.0.0/16', 'metadata.example'] },
  via: false,
  upstream: { reuse: 'shared', idleTimeout: '30s', connectTimeout: '10s' },
  limits: { connections: 10_000, headerBytes: '64KiB', headerFields: 256, headerTimeout: '15s' },
  shutdownTimeout: '30s',
  secrets: { identity: { env: 'CERTHOP_AGE_IDENTITY' } },
  log: { level: 'info', access: true },
}

function checkPattern(pattern: string) {
  const parsed = parseHostPattern(pattern)
  return 'message' in parsed ? parsed : null
}

describe('any text in place of the settings', () => {
  test('is either settings or a list of problems with their places, and never ends the program', () => {
    fc.assert(
      fc.property(hostileYaml(GOOD), text => {
        const { settings, problems } = parseSettings('/etc/certhop.yaml', text, checkPattern)
        assert.equal(settings === null, problems.length > 0)
        for (const { line, column, message } of problems) {
          assert.ok(line >= 1 && column >= 1)
          assert.notEqual(message, '')
        }
        if (settings === null) return
        assert.ok(settings.listen.port >= 0 && settings.listen.port <= 65_535)
        for (const limit of Object.values(settings.limits))
          assert.ok(Number.isSafeInteger(limit) && limit > 0)
        for (const time of [settings.shutdownTimeout, settings.upstream.connectTimeout])
          assert.ok(Number.isSafeInteger(time) && time >= 0)
      }),
      { ...trials(100), examples: [['version: 1\nresolve: {__proto__: 127.0.0.1}\n'], ['['.repeat(20_000)]] },
    )
  })
})
