import type { RequestRecord, Way } from './events.ts'

/** What became of a request: an answer of the server, whatever its status, is `ok`; `error` is a failure that certhop reports. */
export type Outcome = 'ok' | 'client_closed' | 'error'

export function outcomeOf({ error }: RequestRecord): Outcome {
  if (error === null) return 'ok'
  return error === 'client_closed' ? error : 'error'
}

/** One request and its response. All else is a connection, which lasts as long as its ends please, or was never a request. */
export function isExchange(way: Way | null): boolean {
  return way === 'absolute-http' || way === 'absolute-https' || way === 'connect-h1'
}
