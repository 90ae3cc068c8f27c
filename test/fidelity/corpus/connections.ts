import {
  CHUNKED,
  chunk,
  type Exchange,
  end,
  exchange,
  HOST,
  lastChunk,
  message,
  OK,
  octets,
  request,
  response,
  together,
} from '../exchange.ts'

const WEBSOCKET =
  'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a, b\r\nOrigin: https://app.test\r\n'
const SWITCHED =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: b\r\n'

const SEQUENCES: readonly Exchange[] = [
  exchange(
    'five requests, one after the other',
    [1, 2, 3, 4, 5].flatMap(number => [
      ...request(`POST /${number}`, 'Content-Length: 1\r\n', `${number}`),
      ...response(
        `20${number} Number`,
        number === 4 ? '' : 'Content-Length: 1\r\n',
        number === 4 ? '' : `${number}`,
      ),
    ]),
  ),
  exchange(
    'requests that are sent before the answers have come',
    request('GET /1'),
    response('200 OK', 'Content-Length: 1\r\n', '1'),
    together(request('POST /2', CHUNKED, chunk('two') + lastChunk())),
    response('200 OK', CHUNKED, chunk('2') + lastChunk()),
    together(request('HEAD /3')),
    response('200 OK', 'Content-Length: 3\r\n'),
    together(request('GET /4')),
    response('200 OK', 'Content-Length: 1\r\n', '4'),
  ),
  exchange(
    'a body that is discarded, and a request behind it',
    request('POST /', 'Content-Length: 3\r\n', 'abc'),
    response('404 Not Found', 'Content-Length: 0\r\n'),
    request('DELETE /', CHUNKED, lastChunk()),
    OK,
  ),
]

const ENDS: readonly Exchange[] = [
  exchange('a runner that asks to close', request('GET /', 'Connection: close\r\n'), OK, end('server')),
  exchange(
    'a server that closes behind its answer',
    request('POST /', 'Content-Length: 2\r\n', 'hi'),
    response('200 OK', 'Connection: close\r\nContent-Length: 2\r\n', 'ok'),
  ),
  exchange(
    'both ask to close',
    request('GET /', 'Connection: Close\r\n'),
    response('200 OK', 'connection: close\r\nTransfer-Encoding: chunked\r\n', chunk('ok') + lastChunk()),
    end('server'),
  ),
  exchange(
    'an HTTP/1.0 runner',
    message('runner', `GET /a HTTP/1.0\r\nHost: ${HOST}\r\nUser-Agent: old\r\n\r\n`),
    response('200 OK', 'Content-Length: 2\r\n', 'ok'),
    end('server'),
  ),
  exchange(
    'an HTTP/1.0 runner that keeps the connection',
    message('runner', `GET /1 HTTP/1.0\r\nHost: ${HOST}\r\nConnection: keep-alive\r\n\r\n`),
    response('200 OK', 'Connection: keep-alive\r\nContent-Length: 1\r\n', '1'),
    message(
      'runner',
      `POST /2 HTTP/1.0\r\nHost: ${HOST}\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n`,
      '2',
    ),
    response('200 OK', 'Connection: keep-alive\r\nContent-Length: 1\r\n', '2'),
  ),
  exchange(
    'an HTTP/1.0 runner without Host',
    message('runner', 'GET / HTTP/1.0\r\nA: b\r\n\r\n'),
    OK,
    end('server'),
  ),
]

const UPGRADES: readonly Exchange[] = [
  exchange(
    'a WebSocket, with frames both ways',
    request('GET /chat', WEBSOCKET),
    response('101 Switching Protocols', SWITCHED),
    octets('server', '\x81\x05hello'),
    octets('runner', '\x81\x85\x01\x02\x03\x04\x69\x67\x6f\x68\x6e'),
    octets('runner', '\x88\x82\0\0\0\0\x03\xe8'),
    octets('server', '\x88\x02\x03\xe8'),
    end('server'),
  ),
  exchange(
    'a WebSocket whose server speaks in the packet of its answer',
    request('GET /chat', WEBSOCKET),
    response('101 Switching Protocols', SWITCHED, '\x81\x01x'),
    octets('runner', '\x81\x81\0\0\0\0y'),
  ),
  exchange(
    'a WebSocket that is refused',
    request('GET /chat', WEBSOCKET),
    response('426 Upgrade Required', 'Sec-WebSocket-Version: 8\r\nContent-Length: 0\r\n'),
    request('GET /next'),
    OK,
  ),
  exchange(
    'another protocol, octet by octet',
    request('POST /', 'Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n', 'hi'),
    response('101 UPGRADED', 'Connection: Upgrade\r\nUpgrade: tcp\r\n'),
    ...[...'ping'].map(octet => [...octets('runner', octet), ...octets('server', octet)]),
    end('runner'),
    octets('server', 'and more'),
    end('server'),
  ),
  exchange(
    'an offer of HTTP/2 in clear text',
    request(
      'GET /',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n',
    ),
    OK,
  ),
]

export const CONNECTION_EXCHANGES: readonly Exchange[] = [...SEQUENCES, ...ENDS, ...UPGRADES]
