import { ABSOLUTE, ABSOLUTE_HTTPS, CONNECT_HTTP1 } from '../arrival.ts'
import type { Client } from '../client.ts'
import { fetcher } from '../fetcher.ts'
import type { TestBed } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

/** Where Debian's monitoring-plugins-basic has it, which is on no PATH. */
const PROGRAM = '/usr/lib/nagios/plugins/check_http'

/** It knows no proxies: it is told that certhop is the server. `--verbose` prints the answer. */
function check(bed: TestBed, host: string, ...args: string[]) {
  return bed.run(PROGRAM, [
    '--verbose',
    ...['-I', bed.proxy.hostname, '-p', bed.proxy.port],
    ...['-H', host, ...args],
  ])
}

const version = (bed: TestBed) => commandVersion(bed, PROGRAM, '--version')

export const CHECK_HTTP: readonly Client[] = [
  fetcher({
    name: 'check_http',
    label: 'check-http',
    version,
    // Its Host is certhop's port.
    get: (url, bed) => check(bed, new URL(url).host, '-u', url),
    http: ABSOLUTE,
    https: ABSOLUTE_HTTPS,
    openWay: 'absolute-https',
  }),
  fetcher({
    name: 'check_http -S -j CONNECT',
    label: 'check-http-connect',
    version,
    // Its ClientHello has no server name.
    get(url, bed) {
      const { host, pathname, search } = new URL(url)
      return check(bed, `${host}:443`, '-u', pathname + search, '-S', '-j', 'CONNECT')
    },
    http: null,
    https: CONNECT_HTTP1,
  }),
]
