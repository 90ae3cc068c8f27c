import { HttpProblem } from './http-problem.ts'
import type { Route } from './route.ts'

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

  /** Null for a path that no route has. Throws a 405 for one that has others. */
  find(method: string, path: string): Found | null {
    for (const { pattern, routes } of this.#paths) {
      const match = pattern.exec(path)
      const parameter = match === null ? null : decoded(match[1] ?? '')
      if (parameter === null) continue
      // What answers GET answers HEAD (RFC 9110 section 9.3.2).
      const wanted = method === 'HEAD' ? 'GET' : method
      const route = routes.find(each => each.method === wanted)
      if (route !== undefined) return { route, parameter }
      throw notAllowed(routes.map(each => each.method))
    }
    return null
  }
}

/** A 405 (RFC 9110 section 15.5.6). */
export function notAllowed(methods: readonly string[], hint?: string): HttpProblem {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
  return new HttpProblem(405, 'This has no such method', { hint, headers: { Allow: allowed.join(', ') } })
}

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
