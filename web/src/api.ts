import { signal } from '@preact/signals'
import type { Problem } from '../../src/admin/schemas.ts'

/** Whether this browser may use the API; `unknown` until the first answer. */
export const session = signal<'unknown' | 'signed in' | 'signed out'>('unknown')

/**
 * What is wrong with one field of what was sent: host, port, groups, id, cert, key, pkcs12, passphrase or ca. The hint says
 * what to do.
 */
export type FieldProblem = NonNullable<Problem['errors']>[number]

/** A refusal of the API (RFC 9457), or no answer at all: then `status` is 0. The message says what happened, `hint` what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly hint: string
  readonly errors: readonly FieldProblem[]

  constructor(status: number, message: string, hint = '', errors: readonly FieldProblem[] = []) {
    super(message)
    this.status = status
    this.hint = hint
    this.errors = errors
  }
}

/** The JSON at `path`. Throws an `ApiError`, or an `AbortError` when `signal` says so. */
export function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return send('GET', path, undefined, signal)
}

/** Sends JSON and returns the answer's. Throws as `get`. */
export function post<Answer>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
  return send('POST', path, body, signal)
}

/** Throws as `get`. */
export function remove(path: string): Promise<void> {
  return send('DELETE', path)
}

async function send<Answer>(
  method: string,
  path: string,
  body?: unknown,
  abort?: AbortSignal,
): Promise<Answer> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(path, { method, headers, ...json, signal: abort ?? null }).catch(error => {
    if (error.name === 'AbortError') throw error
    throw new ApiError(0, 'certhop does not answer', 'See whether it still runs.')
  })
  if (answer.status === 401) session.value = 'signed out'
  else if (session.value === 'unknown') session.value = 'signed in'
  if (!answer.ok) throw await problemOf(answer)
  return (answer.status === 204 ? undefined : await answer.json()) as Answer
}

async function problemOf(answer: Response): Promise<ApiError> {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>
  const message = problem.detail ?? problem.title ?? `certhop answered ${answer.status}`
  return new ApiError(answer.status, message, problem.hint, problem.errors)
}

/** Trades the admin token for a session cookie. Throws an `ApiError` with status 401 when it is not the right one. */
export async function signIn(token: string): Promise<void> {
  await post('/session', { token })
  session.value = 'signed in'
}

export async function signOut(): Promise<void> {
  await remove('/session')
  session.value = 'signed out'
}
