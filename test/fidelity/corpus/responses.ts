import {
  CHUNKED,
  chunk,
  type Exchange,
  end,
  exchange,
  lastChunk,
  length,
  message,
  octets,
  request,
  response,
  together,
  trickled,
} from '../exchange.ts'

const GET = request('GET /')
/** As gzip would make it; nobody on the way may care. */
const GZIP = '\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x04\0\x43\xbe\xb7\xe8\x01\0\0\0'
const RANGES =
  '--b\r\nContent-Range: bytes 0-0/9\r\n\r\na\r\n--b\r\nContent-Range: bytes 8-8/9\r\n\r\ni\r\n--b--\r\n'
const UNTIL_END = 'Connection: close\r\n'

const STATUS_LINES: readonly Exchange[] = [
  exchange('a reason of its own', GET, response('299 Quite so: \xc3\xbc \t"ok"', 'Content-Length: 0\r\n')),
  exchange('an empty reason', GET, response('200 ', 'Content-Length: 0\r\n')),
  exchange('no reason, and no space in front of it', GET, response('200', 'Content-Length: 0\r\n')),
  exchange('a client error of its own', GET, response("418 I'm a teapot", 'Content-Length: 5\r\n', 'short')),
  exchange(
    'a server error of its own',
    GET,
    response('599 Network Connect Timeout', 'Content-Length: 0\r\n'),
  ),
  exchange('a status of no class', GET, response('999 Request denied', 'Content-Length: 0\r\n')),
  exchange(
    'a redirect, which is not followed',
    GET,
    response('307 Temporary Redirect', 'Location: http://other.test/\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'a demand for proxy credentials, by a server',
    GET,
    response(
      '407 Proxy Authentication Required',
      'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n',
    ),
  ),
  exchange(
    'a refusal for a while',
    GET,
    response(
      '503 Service Unavailable',
      'Retry-After: 120\r\nContent-Type: text/html\r\nContent-Length: 4\r\n',
      '<p/>',
    ),
  ),
]

const WITHOUT_BODY: readonly Exchange[] = [
  exchange(
    'no content, and a length all the same',
    GET,
    response('204 No Content', 'Content-Length: 7\r\n'),
    GET,
    response('204 No Content'),
  ),
  exchange(
    'not modified, without any field',
    GET,
    response('304 Not Modified'),
    GET,
    response('304 Not Modified'),
  ),
  exchange('reset content', GET, response('205 Reset Content', 'Content-Length: 0\r\n')),
]

const INTERIM: readonly Exchange[] = [
  exchange(
    'early hints, twice, ahead of the response',
    GET,
    response('103 Early Hints', 'Link: </a.css>; rel=preload\r\nlink: </b.js>\r\n'),
    response('103 Early Hints', 'Link: </c.css>\r\n'),
    response('200 OK', 'Link: </a.css>\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'interim responses in one packet with the final one',
    GET,
    response('102 Processing'),
    together(response('199 Whatever', 'A: b\r\n')),
    together(response('200 OK', 'Content-Length: 2\r\n', 'ok')),
  ),
  exchange(
    'a 100 that nobody asked for',
    GET,
    response('100 Continue'),
    response('200 OK', 'Content-Length: 0\r\n'),
  ),
]

const BODIES: readonly Exchange[] = [
  exchange(
    'cookies, one a field',
    GET,
    response(
      '200 OK',
      'Set-Cookie: a=1; Path=/; Secure\r\nset-cookie: b=2; Expires=Sun, 06 Nov 1994 08:49:37 GMT\r\nSet-Cookie: a=3\r\nContent-Length: 0\r\n',
    ),
  ),
  exchange(
    'a body that is compressed',
    request('GET /', 'Accept-Encoding: gzip, br;q=0\r\n'),
    response('200 OK', `Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n${length(GZIP)}`, GZIP),
  ),
  exchange(
    'one range',
    request('GET /', 'Range: bytes=2-3\r\n'),
    response(
      '206 Partial Content',
      'Content-Range: bytes 2-3/9\r\nAccept-Ranges: bytes\r\nContent-Length: 2\r\n',
      'cd',
    ),
  ),
  exchange(
    'several ranges',
    request('GET /', 'Range: bytes=0-0,8-8\r\n'),
    response(
      '206 Partial Content',
      `Content-Type: multipart/byteranges; boundary=b\r\n${length(RANGES)}`,
      RANGES,
    ),
  ),
  exchange(
    'a body that comes octet by octet',
    GET,
    response('200 OK', 'Content-Length: 5\r\n'),
    octets('server', ...'hello'),
  ),
  exchange(
    'a chunked body that comes octet by octet',
    GET,
    response('200 OK', CHUNKED),
    octets('server', ...`${chunk('hello', ';a=b')}${lastChunk('Server-Timing: db;dur=3\r\n')}`),
  ),
  exchange(
    'a head that comes octet by octet',
    GET,
    trickled(response('200 OK', 'A: b\r\nContent-Length: 2\r\n', 'ok')),
  ),
  exchange(
    'trailers that the runner asked for',
    request('GET /', 'TE: trailers\r\nConnection: TE\r\n'),
    response(
      '200 OK',
      `${CHUNKED}Trailer: Digest, Server-Timing\r\n`,
      chunk('ok') + lastChunk('Digest: x\r\nSERVER-TIMING: a\r\n'),
    ),
  ),
  exchange(
    'server-sent events, each when it happens',
    request('GET /events', 'Accept: text/event-stream\r\nLast-Event-ID: 7\r\n'),
    response('200 OK', `Content-Type: text/event-stream\r\nCache-Control: no-store\r\n${CHUNKED}`),
    octets(
      'server',
      chunk(': hello\n\n'),
      chunk('id: 8\ndata: {"a":1}\n\n'),
      chunk('event: x\ndata: \xe2\x82\xac\n\n'),
      lastChunk(),
    ),
  ),
  exchange(
    'server-sent events until the connection ends',
    request('GET /events', 'Accept: text/event-stream\r\n'),
    response('200 OK', `Content-Type: text/event-stream\r\n${UNTIL_END}`),
    octets('server', 'data: 1\n\n', 'data: 2\n\n'),
    end('server'),
  ),
  exchange(
    'a body that ends with the connection',
    GET,
    response('200 OK', 'A: b\r\n', 'until '),
    octets('server', 'the end'),
    end('server'),
  ),
  exchange('an empty body that ends with the connection', GET, response('200 OK', UNTIL_END), end('server')),
  exchange(
    'a body that is cut short',
    GET,
    response('200 OK', 'Content-Length: 10\r\n', 'short'),
    end('server'),
  ),
  exchange(
    'a chunked body that is cut short',
    GET,
    response('200 OK', CHUNKED, chunk('short')),
    end('server'),
  ),
]

const OLD_SERVERS: readonly Exchange[] = [
  exchange(
    'HTTP/1.0 with a body that ends with the connection',
    GET,
    message('server', 'HTTP/1.0 200 OK\r\nServer: old\r\n\r\n', 'body'),
    end('server'),
  ),
  exchange(
    'HTTP/1.0 with a length, kept alive',
    GET,
    message('server', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n', 'ok'),
    GET,
    message('server', 'HTTP/1.0 404 Nope\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n'),
  ),
]

export const RESPONSE_EXCHANGES: readonly Exchange[] = [
  ...STATUS_LINES,
  ...WITHOUT_BODY,
  ...INTERIM,
  ...BODIES,
  ...OLD_SERVERS,
]
