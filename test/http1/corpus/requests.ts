import type { ErrorCode } from '../../../src/core/errors.ts'
import type { Attack, Payload } from './payload.ts'

/** The host that all of these requests go to. No request for its path /smuggled may ever reach it. */
export const VICTIM = 'victim.test'

const HOST = `Host: ${VICTIM}\r\n`
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`
const NEXT = `GET http://${VICTIM}/next HTTP/1.1\r\n${HOST}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
/** A chunked body whose content is a request. */
const CHUNKED_SMUGGLED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`

function request(fields: string, body = '', method = 'POST', version = '1.1'): string {
  return `${method} http://${VICTIM}/ HTTP/${version}\r\n${HOST}${fields}\r\n${body}`
}

function refused(
  name: string,
  attack: Attack,
  reason: string,
  octets: string,
  code: ErrorCode = 'bad_request',
): Payload {
  return { name, attack, reason, taken: [], behind: octets, next: code }
}

/** All octets are taken, as these messages. */
function carried(name: string, attack: Attack, reason: string, ...taken: string[]): Payload {
  return { name, attack, reason, taken, behind: '', next: 'none' }
}

const TWO_LENGTHS = 'the body has two lengths, and each side of a proxy may believe another one'
const HIDDEN_CODING = 'one server recognises the field as Transfer-Encoding: chunked and the other does not'
const NO_LINE_END = 'some parsers end a line there and others do not'
const FOLD = 'some parsers join the lines, some take the second for a field, some drop it'
const NOT_A_NAME = 'some parsers strip what is no token and see a framing field, others see an unknown one'
const HOST_OF = 'the proxy picks one host, the server another'
const SIZE = 'parsers stop at the odd character, skip it, or overflow, and see chunks of different sizes'

const CONTENT_LENGTH_AND_CODING: readonly Payload[] = [
  refused(
    'Content-Length covers a request that the chunked body ends before',
    'CL.TE',
    TWO_LENGTHS,
    request(`Content-Length: ${5 + SMUGGLED.length}\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`),
  ),
  refused(
    'Content-Length ends within the first chunk',
    'TE.CL',
    TWO_LENGTHS,
    request(`Content-Length: 4\r\n${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused(
    'Transfer-Encoding comes first',
    'CL.TE',
    TWO_LENGTHS,
    request(`${CHUNKED}Content-Length: 5\r\n`, '0\r\n\r\n'),
  ),
  refused(
    'Content-Length: 0 beside chunked',
    'TE.CL',
    TWO_LENGTHS,
    request(`Content-Length: 0\r\n${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused(
    'both, in a GET',
    'CL.TE',
    TWO_LENGTHS,
    request(`Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${SMUGGLED}`, 'GET'),
  ),
  refused(
    'both, with the length right',
    'CL.TE',
    'the next hop may still prefer the other one',
    request(`Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n'),
  ),
  refused(
    'two lengths that differ',
    'CL.CL',
    TWO_LENGTHS,
    request(`Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
  ),
  refused(
    'two lengths that agree',
    'CL.CL',
    'a next hop that joins them sees no number',
    request('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'),
  ),
  refused('two lengths in one field', 'CL.CL', TWO_LENGTHS, request('Content-Length: 0, 3\r\n', 'abc')),
  refused('two equal lengths in one field', 'CL.CL', TWO_LENGTHS, request('Content-Length: 3,3\r\n', 'abc')),
  refused(
    'a length with a sign',
    'CL.CL',
    'number parsers of standard libraries take it',
    request('Content-Length: +3\r\n', 'abc'),
  ),
  refused(
    'a negative length',
    'CL.CL',
    'an unsigned reading is huge, a signed one ends before the head',
    request('Content-Length: -1\r\n', SMUGGLED),
  ),
  refused(
    'a hexadecimal length',
    'CL.CL',
    'some number parsers read 16, some 0',
    request('Content-Length: 0x10\r\n', SMUGGLED),
  ),
  refused(
    'a length with an exponent',
    'CL.CL',
    'some number parsers read 10, some 1',
    request('Content-Length: 1e1\r\n', 'abcdefghij'),
  ),
  refused(
    'a length with an underscore',
    'CL.CL',
    'some number parsers read 10, some 1',
    request('Content-Length: 1_0\r\n', 'abcdefghij'),
  ),
  refused(
    'a length with white space inside',
    'CL.CL',
    'some number parsers stop at the space',
    request('Content-Length: 1 0\r\n', 'abcdefghij'),
  ),
  refused(
    'a length that overflows 64 bits',
    'CL.CL',
    'it wraps to 3',
    request('Content-Length: 18446744073709551619\r\n', 'abc'),
  ),
  refused(
    'an empty length',
    'CL.0',
    'some read 0, some take the field for missing',
    request('Content-Length:\r\n', SMUGGLED),
  ),
  refused(
    'a length behind a no-break space',
    'CL.0',
    'trim functions of Unicode strip it, others do not',
    request('Content-Length: \xa03\r\n', 'abc'),
  ),
  refused(
    'a vertical tab before the length',
    'CL.0',
    'isspace of C counts it as white space',
    request('Content-Length: \x0b3\r\n', 'abc'),
  ),
  carried(
    'a length with leading zeros is decimal',
    'CL.CL',
    'some number parsers read octal',
    request('Content-Length: 010\r\n', 'abcdefghij'),
    NEXT,
  ),
  carried(
    'a GET with a body',
    'CL.0',
    'a server that ignores bodies of GET takes the body for a request',
    request(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED, 'GET'),
    NEXT,
  ),
  carried(
    'a HEAD with a body',
    'CL.0',
    'as for GET',
    request(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED, 'HEAD'),
    NEXT,
  ),
  carried(
    'a DELETE with a body',
    'CL.0',
    'as for GET',
    request(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED, 'DELETE'),
    NEXT,
  ),
  carried(
    'a POST without a length has no body',
    'CL.0',
    'a server that reads on until the end would swallow the next request',
    request(''),
    NEXT,
  ),
  carried(
    'Content_Length is another field',
    'CL.0',
    'gateways that turn fields into variables see the same name',
    request('Content_Length: 30\r\n'),
    NEXT,
  ),
]

const CODINGS: readonly Payload[] = [
  carried(
    'a chunked DELETE with a request inside',
    'TE.0',
    'http-proxy drops the framing of bodies it does not expect and forwards the content as a request',
    request(CHUNKED, CHUNKED_SMUGGLED, 'DELETE'),
    NEXT,
  ),
  carried(
    'a chunked OPTIONS with a request inside',
    'TE.0',
    'load balancers have forwarded OPTIONS as if it had no body',
    request(CHUNKED, CHUNKED_SMUGGLED, 'OPTIONS'),
    NEXT,
  ),
  carried(
    'a chunked GET with a request inside',
    'TE.0',
    'as for OPTIONS',
    request(CHUNKED, CHUNKED_SMUGGLED, 'GET'),
    NEXT,
  ),
  carried(
    'a chunked HEAD with a request inside',
    'TE.0',
    'as for OPTIONS',
    request(CHUNKED, CHUNKED_SMUGGLED, 'HEAD'),
    NEXT,
  ),
  carried(
    'chunked in capitals',
    'TE.TE',
    HIDDEN_CODING,
    request('TRANSFER-ENCODING: CHUNKED\r\n', CHUNKED_SMUGGLED),
    NEXT,
  ),
  carried(
    'chunked behind a tab',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding:\tchunked\r\n', CHUNKED_SMUGGLED),
    NEXT,
  ),
  carried(
    'Transfer_Encoding is another field',
    'TE.0',
    'gateways that turn fields into variables see the same name',
    request('Transfer_Encoding: chunked\r\n'),
    NEXT,
  ),
  refused(
    'an unknown coding',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: xchunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'identity',
    'TE.TE',
    'it was a coding once: some ignore the field, some wait for the end',
    request('Transfer-Encoding: identity\r\n', SMUGGLED),
  ),
  refused(
    'identity behind chunked',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: chunked, identity\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a coding before chunked',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: gzip, chunked\r\n', CHUNKED_SMUGGLED),
    'not_implemented',
  ),
  refused(
    'a coding behind chunked',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: chunked, gzip\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked twice',
    'TE.TE',
    'one side decodes once, the other twice',
    request('Transfer-Encoding: chunked, chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked in two lines',
    'TE.TE',
    'one side decodes once, the other twice',
    request(CHUNKED + CHUNKED, CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked, next another line that takes it back',
    'TE.TE',
    HIDDEN_CODING,
    request(`${CHUNKED}Transfer-Encoding: x\r\n`, CHUNKED_SMUGGLED),
  ),
  refused(
    'another line, next chunked',
    'TE.TE',
    HIDDEN_CODING,
    request(`Transfer-Encoding: x\r\n${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked in quotes',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: "chunked"\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked with a parameter',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: chunked;q=1\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked with a comma behind it',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: chunked,\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked and a no-break space',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: chunked\xa0\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked behind a vertical tab',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: \x0bchunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'chunked and a NUL',
    'TE.TE',
    HIDDEN_CODING,
    request('Transfer-Encoding: chunked\0\r\n', CHUNKED_SMUGGLED),
  ),
  refused('an empty coding', 'TE.0', HIDDEN_CODING, request('Transfer-Encoding:\r\n', CHUNKED_SMUGGLED)),
  refused(
    'chunked in HTTP/1.0',
    'version',
    'HTTP/1.0 servers do not know the field',
    request(`Connection: keep-alive\r\n${CHUNKED}`, CHUNKED_SMUGGLED, 'POST', '1.0'),
  ),
]

const LINES: readonly Payload[] = [
  refused(
    'a bare LF ends a field',
    'bare line end',
    NO_LINE_END,
    request(`X: y\n${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused(
    'a bare LF ends the request line',
    'bare line end',
    NO_LINE_END,
    `GET http://${VICTIM}/ HTTP/1.1\n${HOST}\r\n`,
  ),
  refused('a bare LF ends the head', 'bare line end', NO_LINE_END, request('X: y\r\n\n', SMUGGLED)),
  refused('bare LFs only', 'bare line end', NO_LINE_END, request('').replaceAll('\r\n', '\n')),
  refused(
    'a bare CR ends a field',
    'bare line end',
    NO_LINE_END,
    request(`X: y\r${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused('a bare CR in a value', 'header injection', NO_LINE_END, request('X: y\rX-Admin: yes\r\n')),
  refused(
    'CR CR LF ends a field',
    'bare line end',
    NO_LINE_END,
    request(`X: y\r\r\n${CHUNKED}`, CHUNKED_SMUGGLED),
  ),
  refused(
    'a NUL ends a value for C strings',
    'field value',
    'what stands behind it is seen by some only',
    request('X: y\0z\r\n'),
  ),
  refused(
    'a fold hides the coding',
    'obs-fold',
    FOLD,
    request('Transfer-Encoding:\r\n chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a fold by a tab hides a length',
    'obs-fold',
    FOLD,
    request(`X: y\r\n\tContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
  ),
  refused(
    'a fold before the first field',
    'obs-fold',
    FOLD,
    `POST http://${VICTIM}/ HTTP/1.1\r\n ${CHUNKED}${HOST}\r\n${CHUNKED_SMUGGLED}`,
  ),
  refused('a line of one space', 'obs-fold', FOLD, request(`X: y\r\n \r\n${CHUNKED}`, CHUNKED_SMUGGLED)),
  refused(
    'a space before the colon of Transfer-Encoding',
    'field name',
    NOT_A_NAME,
    request('Transfer-Encoding : chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a space before the colon of Content-Length',
    'field name',
    NOT_A_NAME,
    request(`Content-Length : ${SMUGGLED.length}\r\n`, SMUGGLED),
  ),
  refused(
    'a tab before the colon',
    'field name',
    NOT_A_NAME,
    request('Transfer-Encoding\t: chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a NUL in the name',
    'field name',
    NOT_A_NAME,
    request('Transfer-Encoding\0: chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a control character before the name',
    'field name',
    NOT_A_NAME,
    request('\x01Transfer-Encoding: chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'a quoted name',
    'field name',
    NOT_A_NAME,
    request('"Transfer-Encoding": chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused(
    'obs-text in the name',
    'field name',
    NOT_A_NAME,
    request('Transfer\xadEncoding: chunked\r\n', CHUNKED_SMUGGLED),
  ),
  refused('no colon', 'field name', NOT_A_NAME, request('Transfer-Encoding chunked\r\n', CHUNKED_SMUGGLED)),
  refused('no name', 'field name', NOT_A_NAME, request(': x\r\n')),
  refused(
    'a request line among the fields',
    'header injection',
    'it starts a request where a parser is lenient',
    request(SMUGGLED),
  ),
]

const TARGETS: readonly Payload[] = [
  refused('two Host fields', 'host confusion', HOST_OF, request('Host: internal.test\r\n', '', 'GET')),
  refused(
    'two Host fields, one folded',
    'host confusion',
    HOST_OF,
    request(' Host: internal.test\r\n', '', 'GET'),
  ),
  refused(
    'a Host with a space before its colon',
    'host confusion',
    HOST_OF,
    request('Host : internal.test\r\n', '', 'GET'),
  ),
  refused(
    'no Host at all',
    'host confusion',
    'the server answers for whichever host is its first',
    `GET http://${VICTIM}/ HTTP/1.1\r\n\r\n`,
  ),
  refused(
    'a second version in the request line',
    'request line',
    'some take the last word for the version, some the third',
    `GET http://${VICTIM}/ HTTP/1.1 HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'a tab instead of a space',
    'request line',
    'some split at it',
    `GET\thttp://${VICTIM}/ HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'two spaces',
    'request line',
    'some see an empty target',
    `GET  http://${VICTIM}/ HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'a space in the target',
    'request line',
    'some see another target and version',
    `GET http://${VICTIM}/ /smuggled HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'a bare CR in the target',
    'request line',
    NO_LINE_END,
    `GET http://${VICTIM}/\rX: y HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'a line end in the target',
    'header injection',
    'a client did not encode what a user gave it',
    `GET http://${VICTIM}/\r\nX-Injected: y HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'HTTP/0.9',
    'version',
    'it has no head: what follows is anything',
    `GET http://${VICTIM}/\r\n${HOST}\r\n`,
  ),
  refused('HTTP/2.0', 'version', 'some switch protocols on it', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`),
  refused(
    'HTTP/1.2',
    'version',
    'servers answer it in different ways',
    `GET http://${VICTIM}/ HTTP/1.2\r\n${HOST}\r\n`,
  ),
  refused(
    'white space before the method',
    'request line',
    'some skip it, some take it for a fold of an earlier line',
    ` GET http://${VICTIM}/ HTTP/1.1\r\n${HOST}\r\n`,
  ),
  refused(
    'a bare LF before the method',
    'bare line end',
    NO_LINE_END,
    `\nGET http://${VICTIM}/ HTTP/1.1\r\n${HOST}\r\n`,
  ),
]

const CHUNKS: readonly Payload[] = [
  refused(
    'a size that overflows 64 bits',
    'chunk size',
    SIZE,
    request(CHUNKED, '10000000000000005\r\nhello\r\n0\r\n\r\n'),
  ),
  refused(
    'a size that overflows 32 bits by sheer zeros',
    'chunk size',
    SIZE,
    request(CHUNKED, '00000000000000000000000000000005\r\nhello\r\n0\r\n\r\n'),
  ),
  refused('a size with 0x', 'chunk size', SIZE, request(CHUNKED, `0x${CHUNKED_SMUGGLED}`)),
  refused('a size with a sign', 'chunk size', SIZE, request(CHUNKED, '+5\r\nhello\r\n0\r\n\r\n')),
  refused('a negative size', 'chunk size', SIZE, request(CHUNKED, `-1\r\n${SMUGGLED}`)),
  refused(
    'a size with an underscore',
    'chunk size',
    SIZE,
    request(CHUNKED, '1_0\r\nhello, smuggler!\r\n0\r\n\r\n'),
  ),
  refused('a size with a space before it', 'chunk size', SIZE, request(CHUNKED, ' 5\r\nhello\r\n0\r\n\r\n')),
  refused('a size with a space behind it', 'chunk size', SIZE, request(CHUNKED, '5 \r\nhello\r\n0\r\n\r\n')),
  refused(
    'an empty size',
    'chunk size',
    'some read 0 and end the body',
    request(CHUNKED, `\r\n\r\n${SMUGGLED}`),
  ),
  refused(
    'a size that is no number',
    'chunk size',
    'some read 0 and end the body',
    request(CHUNKED, `x\r\n\r\n${SMUGGLED}`),
  ),
  refused(
    'a size line that ends with a bare LF',
    'bare line end',
    NO_LINE_END,
    request(CHUNKED, '5\nhello\r\n0\r\n\r\n'),
  ),
  refused(
    'a size line that ends with a bare CR',
    'bare line end',
    NO_LINE_END,
    request(CHUNKED, '5\rhello\r\n0\r\n\r\n'),
  ),
  refused(
    'an extension with a bare LF',
    'chunk extension',
    'one side ends the line there, the other at CRLF, and chunk data becomes a request',
    request(CHUNKED, `2;\nxx\r\n${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'an extension with a bare CR',
    'chunk extension',
    NO_LINE_END,
    request(CHUNKED, `2;a\rxx\r\n${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'a quoted extension with a bare LF',
    'chunk extension',
    NO_LINE_END,
    request(CHUNKED, '5;a="\n"\r\nhello\r\n0\r\n\r\n'),
  ),
  refused(
    'a quoted extension that is never closed',
    'chunk extension',
    'some look for the quote beyond the line',
    request(CHUNKED, '5;a="b\r\nhello\r\n0\r\n\r\n'),
  ),
  refused(
    'an extension without end',
    'chunk extension',
    'it costs memory, and some stop counting',
    request(CHUNKED, `5;${'a'.repeat(5000)}`),
  ),
  refused(
    'data that is longer than its size',
    'chunk data',
    'some skip the two octets behind it unread',
    request(CHUNKED, `3\r\nabcXX${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'data that ends with a bare LF',
    'chunk data',
    NO_LINE_END,
    request(CHUNKED, `3\r\nabc\n${CHUNKED_SMUGGLED}`),
  ),
  refused(
    'data that ends with no line end',
    'chunk data',
    NO_LINE_END,
    request(CHUNKED, '3\r\nabc0\r\n\r\n'),
  ),
  refused(
    'a length in the trailers',
    'trailer',
    'a server that merges trailers into the head reads another length',
    request(CHUNKED, `0\r\nContent-Length: 5\r\n\r\n`),
  ),
  refused('a coding in the trailers', 'trailer', 'as before', request(CHUNKED, `0\r\n${CHUNKED}\r\n`)),
  refused(
    'a Host in the trailers',
    'trailer',
    'as before, and it goes to another host',
    request(CHUNKED, '0\r\nHost: internal.test\r\n\r\n'),
  ),
  refused('a fold in the trailers', 'trailer', FOLD, request(CHUNKED, '0\r\nX: y\r\n z\r\n\r\n')),
  refused(
    'a request where the trailers stand',
    'trailer',
    'some end the body behind 0 CRLF',
    request(CHUNKED, `0\r\n${SMUGGLED}`),
  ),
  refused(
    'trailers that end with a bare LF',
    'bare line end',
    NO_LINE_END,
    request(CHUNKED, `0\r\nX: y\n\r\n${SMUGGLED}`),
  ),
  carried(
    'an extension that is named like a size',
    'chunk extension',
    'some read the size from it',
    request(CHUNKED, '5;ff=1;0\r\nhello\r\n0\r\n\r\n'),
    NEXT,
  ),
  carried(
    'a chunk that looks like the end',
    'chunk data',
    'a parser that searches for it ends the body early',
    request(CHUNKED, `${(5 + SMUGGLED.length).toString(16)}\r\n0\r\n\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    NEXT,
  ),
  carried(
    'a last chunk of several zeros',
    'chunk size',
    'some know only one',
    request(CHUNKED, '5\r\nhello\r\n0000\r\n\r\n'),
    NEXT,
  ),
]

const CONNECTIONS: readonly Payload[] = [
  carried(
    'Connection that nominates Transfer-Encoding',
    'hop-by-hop',
    'a proxy that drops it sends the body without framing',
    request(`Connection: Transfer-Encoding\r\n${CHUNKED}`, CHUNKED_SMUGGLED),
    NEXT,
  ),
  carried(
    'Connection that nominates Content-Length',
    'hop-by-hop',
    'as before',
    request(`Connection: Content-Length\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
    NEXT,
  ),
  carried(
    'Connection that nominates Host',
    'hop-by-hop',
    'a proxy that drops it lets the server pick a host',
    request('Connection: Host\r\n', '', 'GET'),
    NEXT,
  ),
  carried(
    'an upgrade to HTTP/2 in clear text',
    'upgrade',
    'a proxy that tunnels it loses sight of the requests inside',
    request(
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
      '',
      'GET',
    ),
  ),
  carried(
    'two requests in one piece',
    'pipelining',
    'the second must be judged like the first',
    request('', '', 'GET'),
    NEXT,
  ),
  {
    name: 'a request behind Connection: close',
    attack: 'pipelining',
    reason: 'nobody answers it, and it must not be forwarded',
    taken: [request('Connection: close\r\n', '', 'GET')],
    behind: SMUGGLED,
    next: 'closed',
  },
  {
    name: 'a bad request behind a good one',
    attack: 'pipelining',
    reason: 'the good one is answered, the bad one refused',
    taken: [request(CHUNKED, CHUNKED_SMUGGLED)],
    behind: request(`Content-Length: 4\r\n${CHUNKED}`, CHUNKED_SMUGGLED),
    next: 'bad_request',
  },
  {
    name: 'a length that is too short',
    attack: 'CL.0',
    reason: 'what is left over is judged as a request of its own: here it is none',
    taken: [request('Content-Length: 3\r\n', 'abc')],
    behind: '\0\0\0',
    next: 'bad_request',
  },
  {
    name: 'a length that is too long',
    attack: 'CL.0',
    reason: 'the next request is swallowed as its body, and the body is waited for',
    taken: [],
    behind: request(`Content-Length: ${NEXT.length + 1}\r\n`, NEXT),
    next: 'waits',
  },
]

export const REQUEST_ATTACKS: readonly Payload[] = [
  ...CONTENT_LENGTH_AND_CODING,
  ...CODINGS,
  ...LINES,
  ...TARGETS,
  ...CHUNKS,
  ...CONNECTIONS,
]
