import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { RunningCommand } from '../../support/command.ts'
import { ABSOLUTE, type Arrival, arrived, CONNECT_HTTP2, passed } from '../arrival.ts'
import { type Case, type Client, UNNOTICED } from '../client.ts'
import { host, type TestBed } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

const PROGRAM = 'prometheus-blackbox-exporter'

interface Probe {
  readonly url: string
  /** Leaves the name of the host to the proxy. By default it resolves it and asks for the address. */
  readonly skipResolve: boolean
  /** Regular expressions that the body must match. */
  readonly body?: readonly string[]
}

/** The metrics of one probe, by name; those with labels left out. */
async function probe(bed: TestBed, { url, skipResolve, body = [] }: Probe): Promise<Map<string, number>> {
  const http = {
    proxy_url: bed.proxy.origin,
    skip_resolve_phase_with_proxy: skipResolve,
    preferred_ip_protocol: 'ip4',
    tls_config: { ca_file: bed.authorityFile },
    fail_if_body_not_matches_regexp: body,
  }
  const configuration = bed.path('blackbox.yml')
  await writeFile(configuration, JSON.stringify({ modules: { get: { prober: 'http', http } } }))
  const args = ['--config.file', configuration, '--web.listen-address', '127.0.0.1:0']
  const exporter = new RunningCommand(PROGRAM, args, { env: bed.environment })
  try {
    const line = await exporter.errorLine(/Listening on/)
    const address = /address=(\S+)/.exec(line)?.[1]
    const response = await fetch(`http://${address}/probe?module=get&target=${encodeURIComponent(url)}`)
    const metrics = (await response.text()).matchAll(/^(\w+) (\S+)$/gm)
    return new Map(Array.from(metrics, ([, name = '', value]) => [name, Number(value)]))
  } finally {
    await exporter.stop()
  }
}

/** What nginx must have answered with. */
function seen(protocol: string, uri: string): string[] {
  return [`"subject":"CN=api"`, `"protocol":"${protocol}"`, `"uri":"${uri}"`]
}

const version = (bed: TestBed) => commandVersion(bed, PROGRAM, '--version')

export const BLACKBOX_EXPORTER: readonly Client[] = [
  {
    name: 'blackbox_exporter',
    label: 'blackbox',
    version,
    cases: [
      {
        promise:
          'over https:// to the address that it has resolved itself presents the certificate for the name',
        column: 'https://',
        async prove(bed) {
          const url = `https://localhost:${bed.apiPort}/resolved`
          const metrics = await probe(bed, { url, skipResolve: false, body: seen('HTTP/2.0', '/resolved') })
          assert.equal(metrics.get('probe_success'), 1)
          return arrived(bed, 'localhost', CONNECT_HTTP2, 'api')
        },
      },
    ],
  },
  {
    name: 'blackbox_exporter, skip_resolve_phase_with_proxy',
    label: 'blackbox-skip',
    version,
    cases: [
      presents('http', ABSOLUTE),
      presents('https', CONNECT_HTTP2),
      {
        promise: UNNOTICED,
        column: 'without a certificate',
        async prove(bed) {
          const server = host('blackbox-skip', 'https', 'open')
          const url = `https://${server}/open`
          const metrics = await probe(bed, {
            url,
            skipResolve: true,
            body: ['"subject":""', '"uri":"/open"'],
          })
          assert.equal(metrics.get('probe_success'), 1)
          return passed(bed, server)
        },
      },
      {
        promise: 'is told over https:// that it failed',
        column: 'told why it failed',
        async prove(bed) {
          const url = `https://${host('blackbox-skip', 'https', 'wrong')}/`
          const metrics = await probe(bed, { url, skipResolve: true })
          assert.equal(metrics.get('probe_success'), 0)
          assert.equal(metrics.get('probe_http_status_code'), 502)
          return 'status'
        },
      },
    ],
  },
]

function presents(scheme: 'http' | 'https', arrival: Arrival): Case {
  return {
    promise: `over ${scheme}:// presents the certificate, ${arrival.protocol}`,
    column: `${scheme}://`,
    async prove(bed) {
      const server = host('blackbox-skip', scheme, 'api')
      const url = `${scheme}://${server}/${scheme}`
      const metrics = await probe(bed, { url, skipResolve: true, body: seen(arrival.protocol, `/${scheme}`) })
      assert.equal(metrics.get('probe_success'), 1)
      return arrived(bed, server, arrival, 'api')
    },
  }
}
