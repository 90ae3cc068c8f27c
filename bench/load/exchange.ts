/** A request to the server and the answer that is right; test-bed/upstream.ts serves them. */
export interface Exchange {
  readonly path: string
  /** The length of the request's body. With 0 it is a GET, otherwise a POST. */
  readonly requestBytes: number
  /** The length of the answer's body. */
  readonly responseBytes: number
  /** Where the server writes the identity it saw: at the start of the body, or in `X-Client-Subject`. */
  readonly identityIn: 'body' | 'header'
}

export const SMALL: Exchange = { path: '/small', requestBytes: 0, responseBytes: 100, identityIn: 'body' }

export const POST: Exchange = { path: '/post', requestBytes: 1024, responseBytes: 1024, identityIn: 'body' }

export const PAGE: Exchange = { path: '/page', requestBytes: 0, responseBytes: 16_384, identityIn: 'header' }

export const DOWNLOAD: Exchange = {
  path: '/download',
  requestBytes: 0,
  responseBytes: 10_000_000,
  identityIn: 'header',
}

export const UPLOAD: Exchange = {
  path: '/upload',
  requestBytes: 10_000_000,
  responseBytes: 100,
  identityIn: 'body',
}
