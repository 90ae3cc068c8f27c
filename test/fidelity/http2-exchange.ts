import type { OutgoingHttpHeaders } from 'node:http2'
import { HOST } from './exchange.ts'

/** A request or a response in HTTP/2. */
export interface Http2Message {
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** latin1; each piece is sent when the one before it has arrived. */
  readonly pieces: readonly string[]
  readonly trailers: OutgoingHttpHeaders | null
}

export interface Http2Exchange {
  readonly name: string
  readonly request: Http2Message
  /** The fields of interim responses, which come before the request's body. */
  readonly interim: readonly OutgoingHttpHeaders[]
  readonly response: Http2Message
}

const DATE = ['date', 'Sun, 06 Nov 1994 08:49:37 GMT']
const NONE = { pieces: [], trailers: null }
/** Without it Node adds one of its own, which changes from second to second. */
const OK: Http2Message = { headers: [':status', '200', ...DATE], pieces: ['ok'], trailers: null }
const TEXT = 'text of 17 octets'
const MEGABYTE = '0123456789abcdef'.repeat(65_536)

function request(
  method: string,
  path: string,
  fields: string[] = [],
  rest: Partial<Http2Message> = {},
): Http2Message {
  const pseudo = [':method', method, ':scheme', 'https', ':authority', HOST, ':path', path]
  return { headers: [...pseudo, ...fields], ...NONE, ...rest }
}

function response(status: number, fields: string[] = [], rest: Partial<Http2Message> = {}): Http2Message {
  return { headers: [':status', String(status), ...DATE, ...fields], ...NONE, ...rest }
}

function exchange(
  name: string,
  request: Http2Message,
  response: Http2Message = OK,
  interim: readonly OutgoingHttpHeaders[] = [],
): Http2Exchange {
  return { name, request, interim, response }
}

function chunksOf(data: string): string {
  const length = Buffer.alloc(5)
  length.writeUInt32BE(data.length, 1)
  return length.toString('latin1') + data
}

const GRPC = [
  'te',
  'trailers',
  'content-type',
  'application/grpc+proto',
  'grpc-timeout',
  '5S',
  'grpc-encoding',
  'identity',
  'trace-bin',
  'AAEC',
]
const GRPC_OK = { 'grpc-status': '0', 'grpc-message': '', 'sum-bin': 'AQ==' }

export const HTTP2_EXCHANGES: readonly Http2Exchange[] = [
  exchange('GET', request('GET', '/')),
  exchange('HEAD', request('HEAD', '/'), response(200, ['content-length', '1000'])),
  exchange('OPTIONS of the server', request('OPTIONS', '*'), response(204, ['allow', 'GET'])),
  exchange('POST with a length', request('POST', '/', ['content-length', '17'], { pieces: [TEXT] })),
  exchange(
    'PATCH without a length',
    request('PATCH', '/a/1', ['content-type', 'a/b'], { pieces: [TEXT] }),
    response(204),
  ),
  exchange('DELETE with a body', request('DELETE', '/', [], { pieces: [TEXT] })),
  exchange('a method of its own', request('x-Brew', '/'), response(418)),
  exchange(
    'a target of escapes, dots, parameters and raw UTF-8',
    request('GET', '//a%2Fb/./../c;d=1?u=http://b.test/?x&%zz&\xc3\xbc'),
  ),
  exchange('a target of 16,000 octets', request('GET', `/${'a/'.repeat(8000)}`)),
  exchange(
    'fields repeated, empty, of odd names and in their order',
    request('GET', '/', [
      'b',
      '1',
      'a',
      '2',
      'b',
      '3',
      'empty',
      '',
      "!#$%&'*+-.^_`|~1",
      'x y\tz',
      'user-agent',
      'runner/1',
      'b',
      '1',
    ]),
    response(200, ['b', '1', 'a', '2', 'b', '3', 'empty', '', '0', 'x y\tz', 'b', '1']),
  ),
  exchange(
    'octets above 0x7f',
    request('GET', '/', ['a', '\xfc', 'b', '\xc3\xbc']),
    response(200, ['a', '\xfc', 'b', '\xc3\xbc']),
  ),
  exchange(
    'cookies in crumbs, and one a field in the response',
    request('GET', '/', ['cookie', 'a=b', 'cookie', 'c=d; e=f', 'authorization', 'Bearer x']),
    response(200, ['set-cookie', 'a=1; Path=/', 'set-cookie', 'b=2', 'set-cookie', 'a=3']),
  ),
  exchange(
    'a hundred fields and one of 20,000 octets',
    request('GET', '/', [
      ...Array.from({ length: 100 }, (_, index) => [`x-${index}`, `${index}`]).flat(),
      'long',
      'v'.repeat(20_000),
    ]),
    response(200, [
      ...Array.from({ length: 100 }, (_, index) => [`x-${index}`, `${index}`]).flat(),
      'long',
      'v'.repeat(20_000),
    ]),
  ),
  exchange(
    'what other proxies have added',
    request('GET', '/', [
      'via',
      '1.1 a',
      'forwarded',
      'for=192.0.2.1',
      'x-forwarded-for',
      '192.0.2.1, 10.0.0.1',
    ]),
    response(200, ['via', '2 b', 'age', '3']),
  ),
  exchange('not modified', request('GET', '/', ['if-none-match', 'W/"a"']), response(304, ['etag', 'W/"a"'])),
  exchange('a status of its own', request('GET', '/'), response(599)),
  exchange('early hints, twice', request('GET', '/'), OK, [
    { ':status': 103, link: '</a.css>; rel=preload' },
    { ':status': 103, link: '</b.css>' },
  ]),
  exchange(
    'a megabyte, both ways',
    request('POST', '/', [], { pieces: [MEGABYTE] }),
    response(200, [], { pieces: [MEGABYTE] }),
  ),
  exchange(
    'bodies octet by octet',
    request('POST', '/', [], { pieces: [...TEXT] }),
    response(200, [], { pieces: [...TEXT] }),
  ),
  exchange(
    'trailers both ways',
    request('POST', '/', ['te', 'trailers', 'trailer', 'digest'], {
      pieces: [TEXT],
      trailers: { digest: 'a', 'x-twice': ['1', '2'] },
    }),
    response(200, ['trailer', 'digest'], {
      pieces: [TEXT],
      trailers: { digest: 'b', 'x-twice': ['1', '2'] },
    }),
  ),
  exchange(
    'a unary call of gRPC',
    request('POST', '/pkg.Service/Get', GRPC, { pieces: [chunksOf('request')] }),
    response(200, ['content-type', 'application/grpc+proto'], {
      pieces: [chunksOf('response')],
      trailers: GRPC_OK,
    }),
  ),
  exchange(
    'a stream of gRPC messages, both ways',
    request('POST', '/pkg.Service/Chat', GRPC, { pieces: ['one', 'two', 'three'].map(chunksOf) }),
    response(200, ['content-type', 'application/grpc+proto'], {
      pieces: ['1', '2', '', '4'].map(chunksOf),
      trailers: GRPC_OK,
    }),
  ),
  exchange(
    'a call of gRPC that fails behind some messages',
    request('POST', '/pkg.Service/List', GRPC, { pieces: [chunksOf('')] }),
    response(200, ['content-type', 'application/grpc+proto'], {
      pieces: [chunksOf('1')],
      trailers: { 'grpc-status': '8', 'grpc-message': 'quota %E2%82%AC', 'grpc-status-details-bin': 'CAg' },
    }),
  ),
  exchange(
    'server-sent events, each when it happens',
    request('GET', '/events', ['accept', 'text/event-stream']),
    response(200, ['content-type', 'text/event-stream'], {
      pieces: ['data: 1\n\n', 'data: 2\n\n', ': x\n\n'],
    }),
  ),
]
