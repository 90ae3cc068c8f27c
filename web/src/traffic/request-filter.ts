import type { ShownRecord } from '../../../src/admin/schemas.ts'

/** What became of a request: `2xx` and its like when a server answered; otherwise the code of the failure. */
function outcomeOf({ status, error }: ShownRecord): string {
  if (error !== null) return error
  return status === null ? 'unanswered' : `${Math.floor(status / 100)}xx`
}

/** Of `outcome`: everything that certhop itself answered or broke off. */
export const FAILED = 'failed'
/** Of `certificate`: requests without one. No id of an entry can be written so. */
export const NO_CERTIFICATE = '(none)'

/** Empty strings let everything through. */
export interface RequestFilter {
  /** A part of the host. */
  readonly host: string
  /** An id, or `NO_CERTIFICATE`. */
  readonly certificate: string
  /** One of `outcomeOf`, or `FAILED`. */
  readonly outcome: string
  readonly way: string
  /** Words that all have to be in what the request's row and details say. */
  readonly text: string
}

export const EVERYTHING: RequestFilter = { host: '', certificate: '', outcome: '', way: '', text: '' }

/** What the page's address says: `#/traffic?certificate=payments-2026&outcome=failed`. */
export function readFilter(query: URLSearchParams): RequestFilter {
  const of = (name: keyof RequestFilter) => query.get(name) ?? ''
  return {
    host: of('host'),
    certificate: of('certificate'),
    outcome: of('outcome'),
    way: of('way'),
    text: of('text'),
  }
}

export function isSameFilter(a: RequestFilter, b: RequestFilter): boolean {
  return (Object.keys(EVERYTHING) as (keyof RequestFilter)[]).every(name => a[name] === b[name])
}

/** Made once a filter, because it is asked for every request. */
export function requestMatcher(filter: RequestFilter): (request: ShownRecord) => boolean {
  const host = filter.host.trim().toLowerCase()
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const { certificate, outcome, way } = filter
  return request =>
    (host === '' || (request.host ?? '').includes(host)) &&
    (certificate === '' || (request.certificate ?? NO_CERTIFICATE) === certificate) &&
    (outcome === '' || matchesOutcome(request, outcome)) &&
    (way === '' || request.way === way) &&
    (words.length === 0 || holdsAll(request, words))
}

function matchesOutcome(request: ShownRecord, outcome: string): boolean {
  return outcome === FAILED ? request.error !== null : outcomeOf(request) === outcome
}

function holdsAll(request: ShownRecord, words: readonly string[]): boolean {
  const { method, host, port, path, status, certificate, way, error, requestId } = request
  const text = `${method} ${host}:${port}${path ?? ''} ${status} ${certificate} ${way} ${error ?? ''} ${requestId}`
  const lower = text.toLowerCase()
  return words.every(word => lower.includes(word))
}
