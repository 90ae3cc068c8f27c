import fc from 'fast-check'

/** A message in its parts; `textOf` puts them together. All text is latin1. */
export interface GeneratedMessage {
  /** Request line or status line. */
  readonly start: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked'
  readonly content: string
  /** How the content is cut, when it is chunked: sizes above 0. */
  readonly chunks: readonly (readonly [size: number, extension: string])[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

const TOKEN_CHARACTERS = [..."!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"]
const OCTETS = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet))
const VALUE_CHARACTERS = OCTETS.filter(octet => /[\t\x20-\x7e\x80-\xff]/.test(octet))

const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1, maxLength: 12 })
const value = fc
  .string({ unit: fc.constantFrom(...VALUE_CHARACTERS), maxLength: 20 })
  .map(text => text.replace(/^[ \t]+|[ \t]+$/g, ''))
/** Names that carry no meaning for framing or connection. */
const plainName = token.filter(
  name =>
    !/^(?:content-length|transfer-encoding|host|connection|proxy-connection|upgrade|te|expect|trailer|keep-alive)$/i.test(
      name,
    ),
)
const plainField = fc.tuple(plainName, value)
const extension = fc.constantFrom('', '', ';a', ';a=b', ';a="b c";d', ';x="\\""')

const body = {
  framing: fc.constantFrom('none', 'length', 'chunked' as const),
  content: fc.string({
    unit: fc.constantFrom(...OCTETS, '\r\n', '0\r\n\r\n', 'GET / HTTP/1.1\r\n'),
    maxLength: 40,
  }),
  chunks: fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), extension), { maxLength: 4 }),
  trailers: fc.array(plainField, { maxLength: 2 }),
}

const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND')
const target = fc.constantFrom(
  '/',
  '*',
  '/a?b=c&d',
  '/%00%0d%0a',
  'http://a.test/',
  'http://a.test:8080/x?y',
  'https://[::1]/',
  '/{"a":[1]}|\\^`<>',
)

export const generatedRequest: fc.Arbitrary<GeneratedMessage> = fc.record({
  start: fc.tuple(method, target).map(([method, target]) => `${method} ${target} HTTP/1.1`),
  fields: fc.array(plainField, { maxLength: 5 }).map(fields => [['Host', 'a.test'] as const, ...fields]),
  ...body,
})

export const generatedResponse: fc.Arbitrary<GeneratedMessage> = fc.record({
  start: fc
    .tuple(fc.constantFrom(200, 201, 204, 206, 301, 304, 404, 500, 999), value)
    .map(([status, reason]) => `HTTP/1.1 ${status} ${reason}`),
  fields: fc.array(plainField, { maxLength: 5 }),
  ...body,
})

export function textOf(message: GeneratedMessage): string {
  const { framing, content, trailers } = message
  const lines = message.fields.map(([name, value]) => `${name}: ${value}\r\n`)
  if (framing === 'length') lines.push(`Content-Length: ${content.length}\r\n`)
  if (framing === 'chunked') lines.push('Transfer-Encoding: chunked\r\n')
  const head = `${message.start}\r\n${lines.join('')}\r\n`
  if (framing === 'none') return head
  if (framing === 'length') return head + content
  return `${head}${chunksOf(message)}0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

function chunksOf({ content, chunks }: GeneratedMessage): string {
  let [text, rest] = ['', content]
  for (const [size, extension] of [...chunks, [Number.POSITIVE_INFINITY, ''] as const]) {
    if (rest === '') break
    const data = rest.slice(0, size)
    text += `${data.length.toString(16)}${extension}\r\n${data}\r\n`
    rest = rest.slice(size)
  }
  return text
}

/** What breaks parsers: line ends and white space where none belongs, framing fields, sizes, beginnings of messages. */
const NASTY = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  '\x0b',
  '\x0c',
  '\x7f',
  '\x80',
  '\xa0',
  '\xff',
  ':',
  ';',
  ',',
  '=',
  '"',
  '\\',
  '-',
  '+',
  '0',
  '1',
  '5',
  'a',
  'f',
  'g',
  'x',
  '\r\n ',
  '\r\n\t',
  ' :',
  ': ',
  '0x',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  ';a',
  ';a=b',
  ';a="',
  '; a',
  ' ;',
  '0000000',
  'ffffffffff',
  '\r\nContent-Length: 0',
  '\r\nContent-Length: 5',
  '\r\nContent-Length: 5\r\nContent-Length: 5',
  '\r\nContent-Length: +5',
  '\r\nContent-Length: 5, 5',
  '\r\nContent-Length:5 ',
  '\r\nContent_Length: 5',
  '\r\ncontent-length : 5',
  '\r\nTransfer-Encoding: chunked',
  '\r\nTransfer-Encoding:chunked',
  '\r\nTransfer-Encoding: \tchunked',
  '\r\nTransfer-Encoding: CHUNKED',
  '\r\nTransfer-Encoding: xchunked',
  '\r\nTransfer-Encoding: gzip',
  '\r\nTransfer-Encoding: gzip, chunked',
  '\r\nTransfer-Encoding: chunked, chunked',
  '\r\nTransfer-Encoding: identity',
  '\r\nTransfer_Encoding: chunked',
  '\r\nTransfer-Encoding : chunked',
  '\r\nTransfer-Encoding:',
  '\r\nConnection: close',
  '\r\nConnection: keep-alive',
  '\r\nConnection: Upgrade\r\nUpgrade: websocket',
  '\r\nHost: b',
  '\r\nX: y',
  '\r\nExpect: 100-continue',
  '\r\nTrailer: X',
  'GET /b HTTP/1.1\r\nHost: b\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/1.1 100 Continue\r\n\r\n',
]

/** Without fast-check's bias to small numbers, which would change little but the first line. */
const share = fc.noBias(fc.integer({ min: 0, max: 9999 })).map(number => number / 10_000)

const mutation = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'replace', 'delete', 'cut'),
  /** A share of the places where a mutation is worth while. */
  at: share,
  anywhere: share.map(roll => roll < 0.25),
  text: fc.constantFrom(...NASTY),
})

/** `text` with a few changes, most of them beside a delimiter. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.array(mutation, { minLength: 1, maxLength: 2 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text))
}

function mutate(
  text: string,
  mutation: { kind: string; at: number; anywhere: boolean; text: string },
): string {
  const places = mutation.anywhere ? [] : [...text.matchAll(/[\r\n:; ]|\d/g)].map(match => match.index)
  const at = places[Math.floor(mutation.at * places.length)] ?? Math.floor(mutation.at * text.length)
  if (mutation.kind === 'insert') return text.slice(0, at) + mutation.text + text.slice(at)
  if (mutation.kind === 'replace')
    return text.slice(0, at) + mutation.text + text.slice(at + mutation.text.length)
  if (mutation.kind === 'delete') return text.slice(0, at) + text.slice(at + 1)
  return text.slice(0, at)
}
