import type { Attack, Payload } from './payload.ts'

/** What a server answers to requests with `methods`. */
export interface ResponsePayload extends Payload {
  readonly methods: readonly string[]
}

const OK = 'HTTP/1.1 200 OK\r\n'
/** A response that belongs to nobody. A runner that gets it was answered with another one's. */
const SMUGGLED = 'HTTP/1.1 299 Smuggled\r\nContent-Length: 8\r\n\r\nsmuggled'
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const CHUNKED_SMUGGLED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`

function response(fields: string, body = '', status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\n${fields}\r\n${body}`
}

function refused(name: string, attack: Attack, reason: string, octets: string): ResponsePayload {
  return { name, attack, reason, taken: [], behind: octets, next: 'bad_response', methods: ['GET'] }
}

function carried(
  name: string,
  attack: Attack,
  reason: string,
  taken: string,
  method = 'GET',
): ResponsePayload {
  return { name, attack, reason, taken: [taken], behind: '', next: 'none', methods: [method] }
}

/** A response, and behind it octets that must never be taken for the answer to another request. */
function surplus(
  name: string,
  attack: Attack,
  reason: string,
  taken: string,
  behind: string,
  method = 'GET',
): ResponsePayload {
  return { name, attack, reason, taken: [taken], behind, next: 'surplus', methods: [method] }
}

const TWO_LENGTHS =
  'the proxy and the runner may believe different ones, and what is left answers the next request'
const NO_LINE_END = 'some parsers end a line there and others do not'
const HIDDEN_CODING = 'one side recognises the field as Transfer-Encoding: chunked and the other does not'
const NOT_ASKED = 'on a pooled connection it would answer the next request, whoever sends it'

export const RESPONSE_ATTACKS: readonly ResponsePayload[] = [
  refused(
    'a length beside chunked',
    'CL.TE',
    TWO_LENGTHS,
    response(`Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`),
  ),
  refused(
    'chunked beside a length',
    'TE.CL',
    TWO_LENGTHS,
    response(`${CHUNKED}Content-Length: 4\r\n`, CHUNKED_SMUGGLED),
  ),
  refused(
    'two lengths that differ',
    'CL.CL',
    TWO_LENGTHS,
    response('Content-Length: 0\r\nContent-Length: 5\r\n', 'hello'),
  ),
  refused(
    'two lengths that agree',
    'CL.CL',
    TWO_LENGTHS,
    response('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'),
  ),
  refused('two lengths in one field', 'CL.CL', TWO_LENGTHS, response('Content-Length: 5, 5\r\n', 'hello')),
  refused('a length with a sign', 'CL.CL', TWO_LENGTHS, response('Content-Length: +5\r\n', 'hello')),
  refused('a negative length', 'CL.CL', TWO_LENGTHS, response('Content-Length: -5\r\n', 'hello')),
  refused('a hexadecimal length', 'CL.CL', TWO_LENGTHS, response('Content-Length: 0x5\r\n', 'hello')),
  refused(
    'an empty length',
    'CL.0',
    'some read until the end, some read 0',
    response('Content-Length:\r\n', SMUGGLED),
  ),
  refused(
    'a length that overflows 64 bits',
    'CL.CL',
    'it wraps to 5',
    response('Content-Length: 18446744073709551621\r\n', 'hello'),
  ),
  refused(
    'an unknown coding',
    'TE.TE',
    HIDDEN_CODING,
    response('Transfer-Encoding: xchunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused('identity', 'TE.TE', HIDDEN_CODING, response('Transfer-Encoding: identity\r\n', 'hello')),
  refused(
    'a coding behind chunked',
    'TE.TE',
    HIDDEN_CODING,
    response('Transfer-Encoding: chunked, gzip\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked twice',
    'TE.TE',
    'one side decodes once, the other twice',
    response(CHUNKED + CHUNKED, CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked behind a vertical tab',
    'TE.TE',
    HIDDEN_CODING,
    response('Transfer-Encoding: \x0bchunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked in HTTP/1.0',
    'version',
    'HTTP/1.0 runners do not know the field',
    `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n${CHUNKED_SMUGGLED}`,
  ),
  refused(
    'a space before the colon of Content-Length',
    'field name',
    'some strip it, some see an unknown field and read until the end',
    response('Content-Length : 5\r\n', 'hello'),
  ),
  refused(
    'a fold hides the coding',
    'obs-fold',
    'some parsers join the lines, some do not',
    response('Transfer-Encoding:\r\n chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a bare LF ends a field',
    'bare line end',
    NO_LINE_END,
    response(`X: y\n${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused(
    'a bare LF ends the status line',
    'bare line end',
    NO_LINE_END,
    `HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello`,
  ),
  refused(
    'a bare CR ends a field',
    'bare line end',
    NO_LINE_END,
    response('X: y\rContent-Length: 5\r\n', 'hello'),
  ),
  refused(
    'a bare CR injects a cookie',
    'header injection',
    'an application copied what a user gave it',
    response('Location: /\rSet-Cookie: a=b\r\nContent-Length: 0\r\n'),
  ),
  refused(
    'a NUL in a value',
    'field value',
    'what stands behind it is seen by some only',
    response('X: a\0b\r\nContent-Length: 0\r\n'),
  ),
  refused('a NUL in a name', 'field name', 'as before', response('Content-Length\0: 5\r\n', 'hello')),
  refused(
    'a status line among the fields',
    'header injection',
    'it starts a response where a parser is lenient',
    response(SMUGGLED),
  ),
  refused(
    'a status of four digits',
    'version',
    'some read three of them',
    response('Content-Length: 0\r\n', '', '2000 OK'),
  ),
  refused('HTTP/2.0', 'version', 'HTTP/2 has no such form', `HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n`),
  refused('HTTP/0.9', 'version', 'a body without a head: some take anything for one', '<html>hello</html>'),
  refused(
    'an empty line before the status line',
    'response queue',
    'it is the rest of an earlier response',
    `\r\n${OK}Content-Length: 0\r\n\r\n`,
  ),
  refused(
    'a size that overflows',
    'chunk size',
    'it wraps to 5',
    response(CHUNKED, '10000000000000005\r\nhello\r\n0\r\n\r\n'),
  ),
  refused(
    'a size with 0x',
    'chunk size',
    'some read 0 and end the body',
    response(CHUNKED, `0x${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'an extension with a bare LF',
    'chunk extension',
    NO_LINE_END,
    response(CHUNKED, `2;\nxx\r\n${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'data that is longer than its size',
    'chunk data',
    'some skip the two octets behind it unread',
    response(CHUNKED, `3\r\nabcXX${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'a length in the trailers',
    'trailer',
    'runners that merge trailers into the head read another length',
    response(CHUNKED, '0\r\nContent-Length: 5\r\n\r\n'),
  ),
  refused(
    'trailers that end with a bare LF',
    'bare line end',
    NO_LINE_END,
    response(CHUNKED, `0\r\n\n${SMUGGLED}`),
  ),
  refused(
    'an interim response that is broken',
    'response queue',
    'the final one behind it must not make up for it',
    `HTTP/1.1 100 Continue\nX: y\r\n\r\n${SMUGGLED}`,
  ),
  surplus(
    'a whole response that nobody asked for',
    'response queue',
    NOT_ASKED,
    response('Content-Length: 2\r\n', 'ok'),
    SMUGGLED,
  ),
  surplus('one octet too many', 'response queue', NOT_ASKED, response('Content-Length: 2\r\n', 'ok'), '!'),
  surplus(
    'a line end behind the body',
    'response queue',
    NOT_ASKED,
    response('Content-Length: 2\r\n', 'ok'),
    '\r\n',
  ),
  surplus(
    'a response behind the last chunk',
    'response queue',
    NOT_ASKED,
    response(CHUNKED, '2\r\nok\r\n0\r\n\r\n'),
    SMUGGLED,
  ),
  surplus(
    'a body in the answer to HEAD',
    'bodyless response',
    NOT_ASKED,
    response(`Content-Length: ${SMUGGLED.length}\r\n`),
    SMUGGLED,
    'HEAD',
  ),
  surplus(
    'a chunked body in the answer to HEAD',
    'bodyless response',
    NOT_ASKED,
    response(CHUNKED),
    CHUNKED_SMUGGLED,
    'HEAD',
  ),
  surplus(
    'a body with 204',
    'bodyless response',
    NOT_ASKED,
    response(`Content-Length: ${SMUGGLED.length}\r\n`, '', '204 No Content'),
    SMUGGLED,
  ),
  surplus(
    'a chunked body with 204',
    'bodyless response',
    NOT_ASKED,
    response(CHUNKED, '', '204 No Content'),
    CHUNKED_SMUGGLED,
  ),
  surplus(
    'a body with 304',
    'bodyless response',
    NOT_ASKED,
    response(`Content-Length: ${SMUGGLED.length}\r\n`, '', '304 Not Modified'),
    SMUGGLED,
  ),
  carried(
    'a body that looks like a response',
    'response queue',
    'a parser that searches for one finds it',
    response(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
  ),
  carried(
    'chunks that look like a response',
    'response queue',
    'as before',
    response(CHUNKED, CHUNKED_SMUGGLED),
  ),
  carried(
    'a body with 205',
    'bodyless response',
    'some take 205 for one without a body',
    response('Content-Length: 8\r\n', 'smuggled', '205 Reset Content'),
  ),
  carried(
    'a body without a length lasts until the connection ends',
    'response queue',
    'nothing behind it is a response',
    response('', SMUGGLED),
  ),
  {
    name: 'a body with 100',
    attack: 'bodyless response',
    reason: 'an interim response has none: what follows is read as a response, and is none',
    taken: [response('Content-Length: 5\r\n', '', '100 Continue')],
    behind: 'hello',
    next: 'bad_response',
    methods: ['GET'],
  },
  {
    name: 'octets behind 101',
    attack: 'upgrade',
    reason: 'they belong to the new protocol, whatever the fields say of a body',
    taken: [
      response(
        'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 99\r\n',
        '',
        '101 Switching Protocols',
      ),
    ],
    behind: SMUGGLED,
    next: 'tunnel',
    methods: ['GET'],
  },
  {
    name: 'a response behind Connection: close',
    attack: 'response queue',
    reason: 'nobody reads on',
    taken: [response('Connection: close\r\nContent-Length: 2\r\n', 'ok')],
    behind: SMUGGLED,
    next: 'closed',
    methods: ['GET'],
  },
  {
    name: 'a body that is shorter than its length',
    attack: 'CL.0',
    reason: 'the end of the connection does not complete it',
    taken: [],
    behind: response('Content-Length: 6\r\n', 'hello'),
    next: 'waits',
    methods: ['GET'],
  },
  {
    name: 'a chunked body without its last chunk',
    attack: 'chunk data',
    reason: 'the end of the connection does not complete it',
    taken: [],
    behind: response(CHUNKED, '5\r\nhello\r\n'),
    next: 'waits',
    methods: ['GET'],
  },
]
