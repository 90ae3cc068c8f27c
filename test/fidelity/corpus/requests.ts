import {
  CHUNKED,
  chunk,
  type Exchange,
  exchange,
  HOST,
  lastChunk,
  length,
  message,
  OK,
  octets,
  request,
  response,
  trickled,
} from '../exchange.ts'

const SMUGGLED = `GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const JSON_BODY = '{"amount": 12.50, "currency":"EUR"}\n'
const FORM = 'a=1&b=%26&c=+&d='
const MULTIPART =
  '--x\r\nContent-Disposition: form-data; name="file"; filename="\xc3\xbc.bin"\r\n\r\n\0\x01\r\n\r\nGET / HTTP/1.1\r\n\r\n--x--\r\n'
const BINARY = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join('')
const MEGABYTE = BINARY.repeat(4096)

const METHODS: readonly Exchange[] = [
  exchange('GET', request('GET /'), OK),
  exchange('HEAD', request('HEAD /'), response('200 OK', 'Content-Length: 1000\r\nETag: "a"\r\n')),
  exchange('HEAD of a chunked resource', request('HEAD /'), response('200 OK', CHUNKED)),
  exchange('OPTIONS of the server', request('OPTIONS *'), response('204 No Content', 'Allow: GET, HEAD\r\n')),
  exchange(
    'OPTIONS of a resource, as a preflight',
    request(
      'OPTIONS /a',
      'Origin: https://app.test\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a, x-b\r\n',
    ),
    response(
      '204 No Content',
      'Access-Control-Allow-Origin: https://app.test\r\nVary: Origin\r\nvary: accept-encoding\r\n',
    ),
  ),
  exchange(
    'POST of JSON',
    request('POST /', `Content-Type: application/json\r\n${length(JSON_BODY)}`, JSON_BODY),
    OK,
  ),
  exchange(
    'POST of a form',
    request('POST /', `content-type:application/x-www-form-urlencoded\r\n${length(FORM)}`, FORM),
    response('303 See Other', 'Location: ../done?a=b#c\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'POST of a form with a file',
    request('POST /', `Content-Type: multipart/form-data; boundary=x\r\n${length(MULTIPART)}`, MULTIPART),
    OK,
  ),
  exchange('POST without a body', request('POST /', 'Content-Length: 0\r\n'), OK),
  exchange('POST without a length', request('POST /'), OK),
  exchange(
    'PUT of every octet there is',
    request('PUT /', length(BINARY), BINARY),
    response('201 Created', 'Location: /1\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'PATCH',
    request(
      'PATCH /a/1',
      `Content-Type: application/json-patch+json\r\nIf-Match: "1"\r\n${length('[]')}`,
      '[]',
    ),
    response('412 Precondition Failed', 'Content-Length: 0\r\n'),
  ),
  exchange('DELETE without a body', request('DELETE /a/1'), response('204 No Content')),
  exchange(
    'DELETE with a chunked body that looks like a request',
    request('DELETE /a/1', CHUNKED, chunk(SMUGGLED) + lastChunk()),
    OK,
  ),
  exchange('GET with a body', request('GET /_search', length(JSON_BODY), JSON_BODY), OK),
  exchange('GET with an empty body, as Java sends it', request('GET /', 'Content-Length: 0\r\n'), OK),
  exchange(
    'TRACE',
    request('TRACE /'),
    response('200 OK', 'Content-Type: message/http\r\nContent-Length: 4\r\n', 'body'),
  ),
  exchange(
    'a WebDAV method',
    request('PROPFIND /dav/', 'Depth: 1\r\n'),
    response('207 Multi-Status', 'Content-Length: 4\r\n', '<x/>'),
  ),
  exchange('a method of its own, and lower-case', request("x-brew!#$%&'*+.^_`|~ /"), OK),
]

const TARGETS: readonly Exchange[] = [
  exchange('a path with a slash that is escaped', request('GET /a%2Fb%2f%2E%2e/c'), OK),
  exchange('a path with dots, double slashes and parameters', request('GET //a/./../b;v=1;w/;/,=:@&$!'), OK),
  exchange('an empty query', request('GET /?'), OK),
  exchange(
    'a query with a URL, twice the same name and an escape too many',
    request('GET /r?u=http://b.test:1/?x=1&a=1&a=2&a=%zz&b=%C3%BC&+?/'),
    OK,
  ),
  exchange('octets of UTF-8 that were not escaped', request('GET /stra\xc3\x9fe?q=\xe2\x82\xac'), OK),
  exchange('characters that no URL may hold', request('GET /{a}|[b]^`"<c>\\?{"d":[1]}'), OK),
  exchange('a target of 16,000 octets', request(`GET /${'a/'.repeat(4000)}?${'b=c&'.repeat(2000)}`), OK),
  exchange(
    'a Host that names the port',
    message('runner', `GET / HTTP/1.1\r\nHost: ${HOST}:443\r\n\r\n`),
    OK,
  ),
  exchange(
    'a Host that is not the target',
    message('runner', 'GET / HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n'),
    OK,
  ),
  exchange(
    'a Host behind other fields, and in another case',
    message('runner', `GET / HTTP/1.1\r\nA: 1\r\nhOST:  ${HOST} \r\nB: 2\r\n\r\n`),
    OK,
  ),
]

const FIELDS: readonly Exchange[] = [
  exchange(
    'names in every case, repeated and in their order',
    request('GET /', 'b: 1\r\nA: 2\r\nB: 3\r\na: 4\r\nx-MiXeD: 5\r\nb: 1\r\nACCEPT: */*\r\n'),
    response('200 OK', 'b: 1\r\nA: 2\r\nB: 3\r\na: 4\r\nx-MiXeD: 5\r\nb: 1\r\ncontent-LENGTH: 0\r\n'),
  ),
  exchange(
    'names of odd characters and of one',
    request('GET /', "!#$%&'*+-.^_`|~1: a\r\nX_Y: b\r\n0: c\r\n"),
    response('200 OK', "!#$%&'*+-.^_`|~1: a\r\nX_Y: b\r\n0: c\r\nContent-Length: 0\r\n"),
  ),
  exchange(
    'empty values, and white space around and within values',
    request('GET /', 'A:\r\nB: \r\nC:\t\r\nD: \t x \t y \r\nE:z\r\n'),
    response('200 OK', 'A:\r\nB: \r\nC:\t\r\nD: \t x \t y \r\nE:z\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'octets above 0x7f, as latin1 and as UTF-8',
    request('GET /', 'A: \xfc\r\nB: \xc3\xbc\r\nC: \x80\xff\r\n'),
    response('200 OK', 'A: \xfc\r\nB: \xc3\xbc\r\nC: \x80\xff\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'values that look like other fields, lists and comments',
    request('GET /', 'A: Host: b\r\nB: , ,\r\nC: "q\\"q", (c (d))\r\nD: Transfer-Encoding: chunked\r\n'),
    OK,
  ),
  exchange(
    'a field of 30,000 octets, both ways',
    request('GET /', `X-Long: ${'v'.repeat(30_000)}\r\n`),
    response('200 OK', `X-Long: ${'v'.repeat(30_000)}\r\nContent-Length: 0\r\n`),
  ),
  exchange(
    'two hundred fields, both ways',
    request('GET /', Array.from({ length: 200 }, (_, index) => `X-${index}: ${index}\r\n`).join('')),
    response(
      '200 OK',
      `${Array.from({ length: 200 }, (_, index) => `x-${index}:${index}\r\n`).join('')}Content-Length: 0\r\n`,
    ),
  ),
  exchange(
    'cookies in one field and in several',
    request('GET /', 'Cookie: a=b; c="d"\r\nCookie: e=f\r\ncookie: g\r\n'),
    OK,
  ),
  exchange('Basic credentials', request('GET /', 'Authorization: Basic dXNlcjpwYXNz\r\n'), OK),
  exchange('a bearer token', request('GET /', 'authorization: Bearer a.b-c_d~+/=\r\n'), OK),
  exchange(
    'a challenge that authenticates the connection, and its answer on it',
    request('GET /', 'Authorization: Negotiate YQ==\r\n'),
    response('401 Unauthorized', 'WWW-Authenticate: Negotiate Yg==\r\nContent-Length: 0\r\n'),
    request('GET /', 'Authorization: Negotiate Yw==\r\n'),
    OK,
  ),
  exchange(
    'what other proxies have added',
    request(
      'GET /',
      'Via: 1.1 first, 1.0 second (x)\r\nForwarded: for="[2001:db8::1]";proto=https\r\nX-Forwarded-For: 192.0.2.1, 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 192.0.2.1\r\n',
    ),
    response('200 OK', 'Via: 1.1 cache\r\nAge: 3\r\nX-Cache: HIT\r\nContent-Length: 0\r\n'),
  ),
  exchange(
    'trace context, conditions, ranges and a date',
    request(
      'GET /',
      'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nIf-None-Match: W/"a", "b"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nRange: bytes=0-0,-1\r\n',
    ),
    response('304 Not Modified', 'ETag: W/"a"\r\nContent-Length: 1234\r\n'),
  ),
  exchange(
    'fields for the connection to the proxy, and those that Connection names',
    request(
      'GET /',
      'A: 1\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nx-hop: 1\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nTE: trailers\r\nB: 2\r\n',
    ),
    response(
      '200 OK',
      'A: 1\r\nConnection: Keep-Alive, X-Hop\r\nKeep-Alive: timeout=5, max=99\r\nX-HOP: 1\r\nContent-Length: 2\r\nB: 2\r\n',
      'ok',
    ),
  ),
]

const BODIES: readonly Exchange[] = [
  exchange(
    'a megabyte, both ways',
    request('POST /', length(MEGABYTE), MEGABYTE),
    response('200 OK', length(MEGABYTE), MEGABYTE),
  ),
  exchange(
    'a megabyte in chunks, both ways',
    request(
      'POST /',
      CHUNKED,
      chunk(MEGABYTE.slice(0, 500_000)) + chunk(MEGABYTE.slice(500_000)) + lastChunk(),
    ),
    response('200 OK', CHUNKED, chunk(MEGABYTE) + lastChunk()),
  ),
  exchange(
    'chunk extensions, sizes with zeros and capitals, and trailers, both ways',
    request(
      'PUT /',
      `Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n`,
      `00A;a;b=c;d="e;\\"f\\""\r\n0123456789\r\n${lastChunk('X-Sum: 1\r\nx-sum: 2\r\nX-Empty:\r\n')}`,
    ),
    response(
      '200 OK',
      `Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n`,
      `00A;a;b=c;d="e;\\"f\\""\r\n0123456789\r\n000;last\r\nX-Sum: 1\r\nx-sum: 2\r\nX-Empty:\r\n\r\n`,
    ),
  ),
  exchange('an empty chunked body with trailers', request('POST /', CHUNKED, lastChunk('A: b\r\n')), OK),
  exchange(
    'framing that is written oddly',
    message('runner', `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length:\t0002 \r\n\r\n`, 'hi'),
    response('200 OK', 'TRANSFER-ENCODING:Chunked\r\n', chunk('ok') + lastChunk()),
  ),
  exchange(
    'a body that comes octet by octet',
    request('POST /', 'Content-Length: 5\r\n'),
    octets('runner', ...'hello'),
    OK,
  ),
  exchange(
    'a chunked body that comes octet by octet',
    request('POST /', CHUNKED),
    octets('runner', ...`${chunk('hello', ';a="b"')}${lastChunk('A: b\r\n')}`),
    OK,
  ),
  exchange('a head that comes octet by octet', trickled(request('GET /a?b', 'A: b\r\n')), OK),
  exchange(
    'an empty line in front of the request',
    message('runner', `\r\nGET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`),
    OK,
  ),
  exchange(
    'an expectation that the server meets',
    request('PUT /', 'Expect: 100-continue\r\nContent-Length: 4\r\n'),
    response('100 Continue'),
    octets('runner', 'body'),
    OK,
  ),
  exchange(
    'an expectation that the server refuses',
    request('PUT /', 'Expect: 100-continue\r\nContent-Length: 4\r\n'),
    response('417 Expectation Failed', 'Content-Length: 0\r\nConnection: close\r\n'),
  ),
  exchange(
    'an expectation that the server passes over',
    request('PUT /', 'Expect: 100-Continue\r\nContent-Length: 4\r\n'),
    octets('runner', 'body'),
    OK,
  ),
  exchange(
    'a body that the server answers before its end',
    request('POST /', 'Content-Length: 6\r\n', 'one'),
    response('413 Content Too Large', 'Content-Length: 3\r\n', 'big'),
    octets('runner', 'two'),
    request('GET /next'),
    OK,
  ),
]

export const REQUEST_EXCHANGES: readonly Exchange[] = [...METHODS, ...TARGETS, ...FIELDS, ...BODIES]
