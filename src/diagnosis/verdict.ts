import type { CerthopError } from '../core/errors.ts'
import { formatAuthority } from '../core/host.ts'
import type { Explanation } from '../registry/explain.ts'
import type { Route } from '../upstream/route.ts'
import { type CertificateDemand, demandText } from './certificate-demand.ts'

/** All that a diagnosis has found out. */
export interface Findings {
  readonly explanation: Explanation
  /** Null when the request does not leave. */
  readonly route: Route | null
  /** Null when it is not known, or there is no TLS. */
  readonly demand: CertificateDemand | null
  /** Of the response; null when there was none. */
  readonly status: number | null
  /** Why there was none. */
  readonly error: CerthopError | null
}

/** True for the status of a response with which a request has succeeded. */
export function isSuccess(status: number): boolean {
  return status < 400
}

/** Servers that take any certificate in TLS refuse it, or its lack, by one of these; 495 and 496 are nginx's own. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 495, 496])

/** True for the status of a response that may mean the certificate. */
export function mayRefuseCertificate(status: number): boolean {
  return REFUSALS.has(status)
}

/** What is wrong, and what to do. */
export function findVerdict(findings: Findings): string {
  const { route, demand, error } = findings
  if (route === null) return adviceOf(error)
  const server = formatAuthority(route.host, route.port)
  if (route.identity === null && demand?.asked && !succeeds(findings)) {
    return lacksCertificate(findings, server, demand)
  }
  if (error !== null) return errorVerdict(error, route, demand)
  return succeeds(findings) ? successVerdict(findings, server) : refusalVerdict(findings, route, server)
}

function succeeds({ status }: Findings): boolean {
  return status !== null && isSuccess(status)
}

function adviceOf(error: CerthopError | null): string {
  if (error === null) return ''
  return error.hint === undefined
    ? sentence(error.message)
    : `${sentence(error.message)} ${sentence(error.hint)}`
}

/** Capitals and full stops: some messages and hints are made to stand behind a file name. */
function sentence(text: string): string {
  const begun = /^[a-z]+[\s']/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}

function lacksCertificate(
  { explanation, status, error }: Findings,
  server: string,
  demand: CertificateDemand,
): string {
  const asks = sentence(`${explanation.reason}, and ${server} asks for ${demandText(demand)}`)
  const advice = 'Add an entry whose pattern matches the host, or correct the one that is left out.'
  if (status !== null) return `${asks} It answered ${status} without one. ${advice}`
  // What the server says for lack of a certificate is said already.
  const isSaid = error === null || error.code === 'client_certificate_demanded'
  return isSaid ? `${asks} ${advice}` : `${asks} ${advice} Besides: ${adviceOf(error)}`
}

/** Some servers hang up instead of saying that they refuse a certificate. */
const MAY_BE_REFUSAL: ReadonlySet<string> = new Set(['client_certificate_rejected', 'connection_reset'])

function errorVerdict(error: CerthopError, route: Route, demand: CertificateDemand | null): string {
  if (!demand?.foreignIssuer || !MAY_BE_REFUSAL.has(error.code)) return adviceOf(error)
  return `${sentence(error.message)} ${foreignAdvice(route, demand)}`
}

function foreignAdvice({ identity }: Route, demand: CertificateDemand): string {
  return (
    `It asks for ${demandText(demand)}, and \`${identity?.id}\` was issued by ${demand.foreignIssuer}: ` +
    'use a certificate of an authority that it names.'
  )
}

function successVerdict({ route, demand, explanation }: Findings, server: string): string {
  const identity = route?.identity ?? null
  if (identity === null) {
    if (demand?.asked)
      return `A request succeeds without a certificate, although ${server} asks for one: ${explanation.reason}.`
    return `A request succeeds without a certificate: ${explanation.reason}.`
  }
  if (demand?.asked !== false) return `A request succeeds: ${server} accepts \`${identity.id}\`.`
  return `A request succeeds, but ${notAsked(identity.id, server)}`
}

function notAsked(id: string, server: string): string {
  return (
    `${server} did not ask for a certificate, so that \`${id}\` was not presented: ` +
    'check that the URL and `resolve` lead to the server that is meant, and that it demands certificates on this path.'
  )
}

/** RFC 8446 section 4.6.2 has a request behind the handshake, to clients that offer it; OpenSSL's do not by themselves. */
function askedLater({ version }: CertificateDemand, id: string): string {
  if (version !== 'TLSv1.3') return ''
  return (
    ' If it asks on some paths only, it has to do so behind the handshake: ' +
    `that takes TLS 1.2, so set \`tls: {maxVersion: TLSv1.2}\` in the entry \`${id}\`.`
  )
}

function refusalVerdict({ status, demand }: Findings, route: Route, server: string): string {
  const { identity } = route
  const answered = `${server} answered ${status}`
  if (status === null || !mayRefuseCertificate(status)) {
    return `The way to the server is sound, and ${answered}: ${(status ?? 0) < 500 ? 'check the path of the URL' : 'ask those who run it'}.`
  }
  if (identity === null)
    return `${answered} to a request without a certificate, for which it did not ask: ask those who run it what it wants.`
  if (demand?.foreignIssuer) return `${answered}. ${foreignAdvice(route, demand)}`
  if (demand?.asked === false)
    return `${answered}, and ${notAsked(identity.id, server)}${askedLater(demand, identity.id)}`
  return `${answered}, after \`${identity.id}\` was presented: ask those who run it whether they let this certificate in, and which other credentials they want.`
}
