import { STATUS_CODES } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { CerthopError } from '../core/errors.ts'
import { formatAuthority } from '../core/host.ts'
import type { Target } from '../http1/target.ts'
import { certificatePort, type Policy, planRequest } from '../proxy/plan.ts'
import type { Explanation } from '../registry/explain.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Destination } from '../upstream/addresses.ts'
import { type Dialled, dial, findWay, type ServerWay, takeWay } from '../upstream/dial.ts'
import type { Route } from '../upstream/route.ts'
import { type CertificateDemand, demandOf, demandText } from './certificate-demand.ts'
import { entryLines, serverLines } from './facts.ts'
import { firstResponse, type ResponseOptions } from './first-response.ts'
import { type Step, type StepName, Steps } from './step.ts'
import { findVerdict, isSuccess, mayRefuseCertificate } from './verdict.ts'
import { secureWatched } from './watched-handshake.ts'

export interface DiagnosisOptions extends ResponseOptions {
  readonly snapshot: Snapshot
  readonly policy: Policy
  /** That the request names. */
  readonly groups: readonly string[]
  /** Gets every step as soon as it is done. */
  readonly report: (step: Step) => void
}

export interface Diagnosis {
  /** A request would succeed. */
  readonly ok: boolean
  readonly steps: readonly Step[]
  /** What is wrong, and what to do. */
  readonly verdict: string
}

/**
 * Walks the way of one request to `target` with what requests are made of, and says how far it came:
 *
 * ```
 * entry → dns → tcp → tls → certificate-request → certificate-acceptance → response
 * ```
 * Its connection is the one that a request would make, and there is no other: a certificate is presented only where a
 * request would present it.
 */
export async function diagnose(target: Target, options: DiagnosisOptions): Promise<Diagnosis> {
  const walk = new Walk(target, options)
  const error = await walk.go()
  walk.steps.finish()
  const { explanation, route, demand, status } = walk
  return {
    ok: status !== null && isSuccess(status),
    steps: walk.steps.all,
    verdict: findVerdict({ explanation, route, demand, status, error }),
  }
}

class Walk {
  readonly steps: Steps
  readonly explanation: Explanation
  route: Route | null = null
  demand: CertificateDemand | null = null
  status: number | null = null
  readonly #target: Target
  readonly #options: DiagnosisOptions
  readonly #now = Date.now()

  constructor(target: Target, options: DiagnosisOptions) {
    this.#target = target
    this.#options = options
    this.steps = new Steps(options.report)
    this.explanation = options.snapshot.explain(
      target.host,
      certificatePort(target),
      options.groups,
      this.#now,
    )
  }

  /** Null when there was a response, otherwise why there was none. */
  async go(): Promise<CerthopError | null> {
    try {
      const route = await this.#step('entry', lines => this.#plan(lines))
      this.route = route
      const way = await this.#findWay(route)
      const dialled = await this.#connect(route, way)
      this.status = await this.#request(route, dialled)
      return null
    } catch (error) {
      if (error instanceof CerthopError) return error
      throw error
    }
  }

  /** A step that is as `judge` says when `take` succeeds, and fails when it throws; `take` adds what it finds to the lines. */
  async #step<T>(
    name: StepName,
    take: (lines: string[]) => T | Promise<T>,
    judge: (value: T) => boolean | null = () => true,
  ): Promise<T> {
    const started = performance.now()
    const lines: string[] = []
    try {
      const value = await take(lines)
      this.steps.add(name, { ok: judge(value), ms: performance.now() - started, lines })
      return value
    } catch (error) {
      // Any other is a bug, and no finding.
      if (error instanceof CerthopError) {
        this.steps.add(name, { ok: false, ms: performance.now() - started, lines, error })
      }
      throw error
    }
  }

  #plan(lines: string[]): Route {
    const { snapshot, policy, groups } = this.#options
    const { host } = this.#target
    const selection = snapshot.select(host, certificatePort(this.#target), groups, this.#now)
    lines.push(this.explanation.reason)
    const winner = snapshot.entries.find(entry => entry === selection.entry)
    if (winner !== undefined) lines.push(...entryLines(winner, this.#now))
    const route = planRequest(this.#target, selection, policy)
    if (route.tls && route.identity === null) {
      lines.push(
        "certhop opens no runner's tunnel to it; what follows is a request for https:// to the proxy, and trusts the system's roots",
      )
    }
    // Made now, because it may fail: there are certificates that TLS refuses to present.
    if (route.identity !== null) void route.identity.secureContext
    return route
  }

  #findWay(route: Route): Promise<ServerWay> {
    const { dialling } = this.#options
    return this.#step(
      'dns',
      async lines => {
        const named = dialling.addresses.name(route.host, route.port)
        if (named.host !== route.host || named.port !== route.port) {
          lines.push(`\`resolve\` leads to ${formatAuthority(named.host, named.port)}`)
        }
        const way = await findWay(route, dialling)
        if (way.egress !== null) lines.push(`left to the egress proxy ${way.egress.authority}`)
        else if (isIP(named.host) === 0) lines.push(addressesOf(way.destination))
        return way
      },
      way => (way.egress === null ? true : null),
    )
  }

  async #connect(route: Route, way: ServerWay): Promise<Dialled> {
    const { dialling } = this.#options
    const reached = await this.#step('tcp', async lines => {
      if (way.egress !== null) lines.push(`through the egress proxy ${way.egress.authority}`)
      // The proxy may forward requests in clear, and then it is all there is to reach.
      if (way.egress !== null && !route.tls) return dial(route, { session: null }, dialling)
      const socket = await takeWay(route, way, dialling)
      if (way.egress === null) lines.push(addressOf(socket))
      return { ...NOT_SECURE, socket }
    })
    return route.tls ? this.#secure(route, reached.socket) : reached
  }

  async #secure(route: Route, tcp: Socket): Promise<Dialled> {
    const started = performance.now()
    const { dialled, error, flight } = await secureWatched(route, tcp, this.#options.dialling)
    const ms = performance.now() - started
    this.demand = await demandOf(flight, route.identity)
    const lines = serverLines(flight, dialled?.protocol ?? null, this.#now)
    if (error === null) this.steps.add('tls', { ok: true, ms, lines })
    else if (isAboutOurs(error)) {
      // Until TLS 1.2 a server refuses before the client has come to check it.
      lines.push('not checked: the server ended the handshake before')
      this.steps.add('tls', { ok: null, ms, lines })
    } else this.steps.add('tls', { ok: false, ms, lines, error })
    this.#showDemand(route)
    if (error === null) return dialled
    if (isAboutOurs(error)) this.steps.add('certificate-acceptance', { ok: false, error })
    throw error
  }

  #showDemand({ identity }: Route): void {
    const { demand } = this
    if (demand === null) return
    if (!demand.asked) {
      const hint = identity === null ? '' : 'Some servers ask only on some paths, or by the name in the URL.'
      this.steps.add('certificate-request', {
        ok: null,
        lines: ['the server did not ask for a certificate'],
        hint,
      })
      return
    }
    const lines = [`the server asks for ${demandText(demand)}`]
    if (demand.foreignIssuer !== null) {
      lines.push(`\`${identity?.id}\` was issued by ${demand.foreignIssuer}, which is none of them`)
    }
    this.steps.add('certificate-request', { ok: true, lines })
  }

  async #request(route: Route, dialled: Dialled): Promise<number> {
    const started = performance.now()
    try {
      const status = await firstResponse(this.#target, route, dialled, this.#options)
      const ms = performance.now() - started
      this.#showAcceptance(route, status)
      const path = this.#target.path.replace(/\?.*/s, '?…')
      const lines = [`${status} ${STATUS_CODES[status] ?? ''} to GET ${path}`]
      this.steps.add('response', { ok: isSuccess(status), ms, lines })
      return status
    } catch (error) {
      if (!(error instanceof CerthopError)) throw error
      const ms = performance.now() - started
      const name = isAboutOurs(error) ? 'certificate-acceptance' : 'response'
      this.steps.add(name, { ok: false, ms, error })
      throw error
    }
  }

  /** In TLS 1.3 it is the first response that tells. */
  #showAcceptance({ identity }: Route, status: number): void {
    if (!this.demand?.asked) return
    if (identity === null) {
      const lines = [`the server went on without one: ${this.explanation.reason}`]
      this.steps.add('certificate-acceptance', { ok: null, lines })
    } else if (mayRefuseCertificate(status)) {
      const lines = [`\`${identity.id}\` was not refused by TLS; the response may do so`]
      this.steps.add('certificate-acceptance', { ok: null, lines })
    } else {
      this.steps.add('certificate-acceptance', { ok: true, lines: [`\`${identity.id}\` was accepted`] })
    }
  }
}

function addressesOf({ addresses }: Destination): string {
  return addresses.map(({ address }) => address).join(', ')
}

function addressOf({ remoteAddress = '', remotePort }: Socket): string {
  return formatAuthority(remoteAddress, remotePort ?? null)
}

/** A connection that nothing but TCP was done for; its times are those of the steps. */
const NOT_SECURE = {
  dnsMs: null,
  connectMs: 0,
  tlsMs: null,
  resumed: false,
  protocol: null,
  forwarder: null,
} as const

/** The server has spoken of the client's certificate, or of its lack. */
function isAboutOurs({ code }: CerthopError): boolean {
  return code === 'client_certificate_rejected' || code === 'client_certificate_demanded'
}
