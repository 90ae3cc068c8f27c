import { isIP } from 'node:net'
import { formatAuthority, parseAuthority } from '../core/host.ts'
import { HttpProblem } from './http-problem.ts'

/**
 * The names under which the admin plane answers. A page of another site can make its own name resolve to 127.0.0.1 (DNS
 * rebinding), and a browser then sends requests here as to that site: but with its name in Host.
 */
export class HostCheck {
  readonly #names: ReadonlySet<string>

  /** `configured` is the host of the settings. */
  constructor(configured: string, port: number) {
    const hosts = ['127.0.0.1', 'localhost', '::1', configured.toLowerCase()]
    const authorities = hosts.map(host => formatAuthority(host, port))
    // Port 80 goes without saying (RFC 9110 section 4.2.3).
    this.#names = new Set(
      port === 80 ? [...authorities, ...hosts.map(host => formatAuthority(host, null))] : authorities,
    )
  }

  /** `host` is the field. Throws a 421 (RFC 9110 section 15.5.20). */
  check(host: string | undefined): void {
    if (!this.#names.has(host?.toLowerCase() ?? '')) throw misdirected()
  }

  /** As `check`, and content with any loopback address, for probes and scrapers that call it what their user wrote. */
  checkProbe(host: string | undefined): void {
    const literal = parseAuthority(host ?? '')?.host ?? ''
    const isLoopback = isIP(literal) === 4 ? literal.startsWith('127.') : literal === '::1'
    if (!isLoopback) this.check(host)
  }
}

function misdirected(): HttpProblem {
  return new HttpProblem(421, 'The admin plane is not known by the name in Host', {
    hint: 'use the address that `certhop serve` prints, or a tunnel from the same port of localhost',
  })
}
