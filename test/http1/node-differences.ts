import { METHODS } from 'node:http'
import type { Head } from '../../src/http1/head.ts'
import type { RequestHead } from '../../src/http1/request-head.ts'
import type { ResponseHead } from '../../src/http1/response-head.ts'
import { fieldPairs, type Message } from '../support/feed.ts'

/** Octets on which this codec and Node's parser disagree, with the reason why that is meant. */
export interface Difference {
  readonly name: string
  readonly reason: string
  readonly bytes: string
}

const HOST = 'Host: a\r\n\r\n'
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\n'

export const REQUESTS_NODE_IS_LAXER_ON: readonly Difference[] = [
  {
    name: 'several spaces in the request line',
    reason: 'RFC 9112 section 3 has one; recipients that split at another one see another target',
    bytes: `GET  /  HTTP/1.1\r\n${HOST}`,
  },
  {
    name: 'a bare LF before the request line',
    reason: 'a bare LF is nowhere a line end here (RFC 9112 section 2.2 only allows it)',
    bytes: `\nGET / HTTP/1.1\r\n${HOST}`,
  },
  {
    name: 'a bare CR before the request line',
    reason: 'RFC 9112 section 2.2: a bare CR is invalid',
    bytes: `\rGET / HTTP/1.1\r\n${HOST}`,
  },
  {
    name: 'two Host fields',
    reason: 'RFC 9112 section 3.2 demands a 400; Node takes the first, others take the last',
    bytes: `GET / HTTP/1.1\r\nHost: b\r\n${HOST}`,
  },
  {
    name: 'Content-Length in more than 20 digits',
    reason: 'no sender pads a length that far; long numbers overflow elsewhere',
    bytes: `POST / HTTP/1.1\r\nContent-Length: 000000000000000000003\r\n${HOST}abc`,
  },
  {
    name: 'Transfer-Encoding in HTTP/1.0',
    reason: 'RFC 9112 section 6.1: its framing is faulty, since HTTP/1.0 knows only Content-Length',
    bytes: `POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n${HOST}0\r\n\r\n`,
  },
  {
    name: 'a transfer coding before chunked',
    reason: 'servers differ in which codings they know, and then in where the body ends',
    bytes: `POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n${HOST}0\r\n\r\n`,
  },
  {
    name: 'an empty member before chunked',
    reason: 'no sender writes it, and not every server skips it',
    bytes: `POST / HTTP/1.1\r\nTransfer-Encoding: , chunked\r\n${HOST}0\r\n\r\n`,
  },
  {
    name: 'Transfer-Encoding in two lines',
    reason: 'servers differ in whether the first, the last or both count',
    bytes: `POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n${HOST}0\r\n\r\n`,
  },
  {
    name: 'a chunk extension without a value behind its =',
    reason: 'RFC 9112 section 7.1.1 has a token or a quoted string there',
    bytes: `${CHUNKED}5;a=\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'a chunk extension without a name',
    reason: 'RFC 9112 section 7.1.1 has a token there',
    bytes: `${CHUNKED}5;=b\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'a chunk size in more than 13 digits',
    reason: 'no sender pads a size that far; long numbers overflow elsewhere',
    bytes: `${CHUNKED}00000000000005\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'a Host field in the trailers',
    reason:
      'RFC 9110 section 6.5.1: a trailer must not change routing, and some servers merge trailers into the head',
    bytes: `${CHUNKED}0\r\nHost: b\r\n\r\n`,
  },
]

export const RESPONSES_NODE_IS_LAXER_ON: readonly Difference[] = [
  {
    name: 'a status below 100',
    reason: 'RFC 9110 section 15 has none',
    bytes: 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n',
  },
  {
    name: 'a control character in the reason',
    reason: 'RFC 9112 section 4 has HTAB, SP, visible characters and obs-text there',
    bytes: 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n',
  },
  {
    name: 'HTTP/2.0',
    reason: 'HTTP/2 has no such form',
    bytes: 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  },
  {
    name: 'an empty line before the status line',
    reason:
      'RFC 9112 section 2.2 allows it to servers only; in a client it hides what is left of an earlier response',
    bytes: `\r\n${OK}Content-Length: 0\r\n\r\n`,
  },
  {
    name: 'Transfer-Encoding in HTTP/1.0',
    reason: 'RFC 9112 section 6.1: its framing is faulty',
    bytes: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  {
    name: 'a transfer coding that is not chunked',
    reason:
      'only TE: trailers is sent to servers, so that no other coding may come back (RFC 9112 section 6.1)',
    bytes: `${OK}Transfer-Encoding: gzip\r\n\r\nabc`,
  },
  {
    name: 'a transfer coding before chunked',
    reason: 'as before',
    bytes: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  },
  {
    name: 'a transfer coding behind chunked',
    reason: 'as before; and runners differ in where such a body ends',
    bytes: `${OK}Transfer-Encoding: chunked, gzip\r\n\r\nabc`,
  },
  {
    name: 'Transfer-Encoding in two lines',
    reason: 'runners differ in whether that is chunked once or twice',
    bytes: `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  },
]

/** A difference that whole classes of messages have: `covers` recognises them. */
export interface CoveredDifference<H extends Head> extends Difference {
  covers(message: Message<H>): boolean
}

export const REQUESTS_NODE_IS_STRICTER_ON: readonly CoveredDifference<RequestHead>[] = [
  {
    name: 'a method that Node does not know',
    reason:
      'methods are an open set (RFC 9110 section 16.1), and which ones there are is for the server to say',
    bytes: `BREW / HTTP/1.1\r\n${HOST}`,
    covers: ({ head }) => !METHODS.includes(head.method),
  },
  {
    name: 'CONNECT',
    reason: 'Node closes the connection when nobody listens for it; here it opens a tunnel',
    bytes: 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n',
    covers: ({ head }) => head.method === 'CONNECT',
  },
  {
    name: 'obs-text in the target',
    reason: 'runners send raw UTF-8 in paths, and servers read it',
    bytes: `GET /\xc3\xbc HTTP/1.1\r\n${HOST}`,
    covers: ({ head }) => /[\x80-\xff]/.test(head.target),
  },
  {
    name: 'a target in none of the forms of RFC 9112 section 3.2',
    reason:
      'which forms are taken depends on where the request came in; the target is parsed in a later step',
    bytes: `GET x HTTP/1.1\r\n${HOST}`,
    covers: ({ head }) => !/^(?:\/|\*|[a-z]+:\/\/[^/?\\"<>^`{|}]*(?:[/?]|$))/i.test(head.target),
  },
  {
    name: 'a request behind one with Proxy-Connection: close',
    reason: 'Node reads that field as Connection; here it means nothing (RFC 9112 appendix C.2.2)',
    bytes: `GET / HTTP/1.1\r\nProxy-Connection: close\r\n${HOST}GET /next HTTP/1.1\r\n${HOST}`,
    covers: ({ head }) => fieldPairs(head).some(([name]) => /^proxy-connection$/i.test(name)),
  },
  {
    name: 'a tab behind the value of Transfer-Encoding',
    reason: 'RFC 9110 section 5.6.3: optional white space is SP or HTAB; it is not passed on',
    bytes: `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\t\r\n${HOST}0\r\n\r\n`,
    covers: hasTabBehindCoding,
  },
  {
    name: 'a request behind one that asks for an upgrade',
    reason:
      'Node keeps what follows for the new protocol; here it is the next request unless the server switches',
    bytes: `GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n${HOST}GET /next HTTP/1.1\r\n${HOST}`,
    covers: ({ head }) => head.upgrade !== null,
  },
]

export const RESPONSES_NODE_IS_STRICTER_ON: readonly CoveredDifference<ResponseHead>[] = [
  {
    name: 'a tab behind the value of Transfer-Encoding',
    reason: 'as in requests; Node takes the chunked coding for content',
    bytes: `${OK}Transfer-Encoding: chunked\t\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    covers: hasTabBehindCoding,
  },
]

function hasTabBehindCoding({ head }: Message<Head>): boolean {
  return /^transfer-encoding:.*\t *\r$/im.test(head.text)
}
