import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { HttpProblem } from './http-problem.ts'

/** Whether a browser says that a request comes from the admin plane's own page (W3C Fetch Metadata, RFC 6454). */
type Provenance = 'own page' | 'foreign' | 'not said'

/**
 * Refuses what another site makes a browser send. Links that lead here are let through, because they show nothing to the
 * site that holds them: what is framed, or fetched, is not. Throws a 403.
 */
export function refuseForeign(request: IncomingMessage): void {
  if (provenance(request.headers) !== 'foreign') return
  if (isLink(request)) return
  throw new HttpProblem(403, 'The request comes from the page of another site')
}

/**
 * A browser adds the cookie by itself, so a request that changes something and is signed in by it has to prove where it
 * comes from. Throws a 403.
 */
export function requireOwnPage({ headers }: IncomingMessage): void {
  if (provenance(headers) === 'own page') return
  throw new HttpProblem(403, 'Nothing shows that the request comes from the page', {
    hint: 'programs use `Authorization: Bearer TOKEN`',
  })
}

function provenance({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): Provenance {
  if (origin !== undefined && origin !== `http://${host}`) return 'foreign'
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'foreign'
  return origin !== undefined || site === 'same-origin' ? 'own page' : 'not said'
}

function isLink({ method, headers, url = '' }: IncomingMessage): boolean {
  const { origin, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers
  const isPage = !url.startsWith('/api/')
  return (
    isPage && method === 'GET' && origin === undefined && mode === 'navigate' && destination === 'document'
  )
}
