import { signal } from '@preact/signals'

/** A place on the page: `#/explain?target=api.example` is the view `explain` with one parameter. */
export interface Route {
  /** The first segment after `#/`; empty at the start. */
  readonly view: string
  readonly query: URLSearchParams
}

/** Where the page is now. Follows the address bar and the browser's history. */
export const route = signal(readRoute())

addEventListener('hashchange', () => {
  route.value = readRoute()
})

function readRoute(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { view: path.split('/')[0] ?? '', query: new URLSearchParams(query) }
}

/** The hash that leads to `view`; parameters that are empty are left out. */
export function hashOf(view: string, parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ''))
  return query.size === 0 ? `#/${view}` : `#/${view}?${query}`
}

/** Changes the address without a new step in the history. */
export function replaceRoute(hash: string): void {
  history.replaceState(null, '', hash)
  route.value = readRoute()
}
