import { HttpProblem } from './http-problem.ts'
import type { Method, Route } from './route.ts'

/** A route that was found, with its parameter decoded. */
interface Found {
  readonly route: Route
  readonly parameter: string
}

/** Routes by path and method. */
export class RoutingTable {
  readonly #paths: readonly { readonly pattern: RegExp; readonly routes: readonly Route[] }[]

  constructor(routes: readonly Route[]) {
    const byPath = Map.groupBy(routes, route => route.path)
    this.#paths = [...byPath].map(([path, group]) => ({ pattern: patternOf(path), routes: group }))
  }

  /** Null for a path that no route has. Throws a 405 (RFC 9110 section 15.5.6) for one that others have. */
  find(method: string, path: string): Found | null {
    // What answers GET answers HEAD (RFC 9110 section 9.3.2).
    const wanted = method === 'HEAD' ? 'GET' : method
    const others: Method[] = []
    for (const { pattern, routes } of this.#paths) {
      const match = pattern.exec(path)
      const parameter = match === null ? null : decoded(match[1] ?? '')
      if (parameter === null) continue
      const route = routes.find(each => each.method === wanted)
      if (route !== undefined) return { route, parameter }
      others.push(...routes.map(each => each.method))
    }
    if (others.length === 0) return null
    throw notAllowed(others, path)
  }
}

function notAllowed(methods: readonly Method[], path: string): HttpProblem {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
  return new HttpProblem(405, 'There is no such method here', {
    hint: path.startsWith('/api/certificates') ? NO_EDITS : undefined,
    headers: { Allow: allowed.join(', ') },
  })
}

const NO_EDITS = 'a certificate is never edited: add the new one, and remove the old one'

function patternOf(path: string): RegExp {
  const literal = path.replaceAll(/[.]/g, '\\$&')
  return new RegExp(`^${literal.replace(/\{\w+\}/, '([^/]+)')}$`)
}

/** Null for what is not encoded as a path is (RFC 3986 section 2.1). */
function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
