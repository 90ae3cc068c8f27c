import { readJson, validated } from './body.ts'
import type { Route } from './route.ts'
import { signInSchema } from './schemas.ts'

export const followLink: Route = {
  method: 'GET',
  path: '/session/{code}',
  access: 'open',
  operation: {
    summary: 'Signs a browser in by the link that `certhop serve` logs, once and within an hour',
    answers: { 303: { description: 'To the page, with the cookie of a session' } },
  },
  handle({ parameter, incoming }, { authentication }) {
    // HEAD is what programs send that look at links.
    if (incoming.method === 'HEAD') return { status: 204 }
    const home = { Location: '/' }
    // The link again, out of the history.
    if (authentication.holdsSession(incoming)) return { status: 303, headers: home }
    return { status: 303, headers: { ...home, 'Set-Cookie': authentication.signInWithCode(parameter) } }
  },
}

export const signIn: Route = {
  method: 'POST',
  path: '/session',
  access: 'open',
  operation: {
    summary: 'Signs a browser in by the token',
    body: signInSchema,
    answers: { 204: { description: 'With the cookie of a session' } },
  },
  async handle({ incoming }, { authentication }) {
    const { token } = validated(await readJson(incoming), signInSchema)
    return { status: 204, headers: { 'Set-Cookie': authentication.signInWithToken(token) } }
  },
}

export const signOut: Route = {
  method: 'DELETE',
  path: '/session',
  access: 'open',
  operation: {
    summary: 'Ends the session',
    answers: { 204: { description: 'Also when there was none' } },
  },
  handle({ incoming }, { authentication }) {
    return { status: 204, headers: { 'Set-Cookie': authentication.signOut(incoming) } }
  },
}
