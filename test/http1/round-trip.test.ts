import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { writeRequestHead, writeResponseHead } from '../../src/http1/rewrite.ts'
import {
  contentOf,
  fieldPairs,
  onlyRequest,
  onlyResponse,
  playRequests,
  playResponses,
  trailerPairs,
} from '../support/feed.ts'
import {
  type GeneratedMessage,
  generatedRequest,
  generatedResponse,
  mutated,
  textOf,
} from '../support/messages.ts'
import { trials } from '../support/property.ts'

/** What a generated message says, framing fields included. */
function saidBy({ fields, framing, content, trailers }: GeneratedMessage) {
  const framingFields = {
    none: [],
    length: [['Content-Length', String(content.length)]],
    chunked: [['Transfer-Encoding', 'chunked']],
  }
  return {
    fields: [...fields, ...framingFields[framing]],
    content: framing === 'none' ? '' : content,
    trailers: framing === 'chunked' ? trailers : [],
  }
}

describe('any request', () => {
  it('is read as what was written, however it is cut', () => {
    fc.assert(
      fc.property(generatedRequest, generated => {
        const message = onlyRequest(textOf(generated))
        const { head } = message
        assert.equal(`${head.method} ${head.target} HTTP/1.${head.minorVersion}`, generated.start)
        const said = {
          fields: fieldPairs(head),
          content: contentOf(message),
          trailers: trailerPairs(message),
        }
        assert.deepEqual(said, saidBy(generated))
      }),
      trials(150),
    )
  })

  it('is written as it was read when nothing in it is for this hop', () => {
    fc.assert(
      fc.property(generatedRequest, generated => {
        const text = textOf(generated)
        const { head, bodyStart } = onlyRequest(text)
        const rewrite = {
          target: head.target,
          host: null,
          upgrade: false,
          close: false,
          via: null,
          proxyAuthorization: null,
        }
        assert.equal(writeRequestHead(head, rewrite), text.slice(0, bodyStart))
      }),
      trials(150),
    )
  })

  it('has no field for this hop once it is written, and is then written the same again', () => {
    const hopField = fc.constantFrom(
      'Connection: X-Hop, close',
      'connection:\tkeep-alive ,x-hop',
      'Connection:',
      'X-Hop: 1',
      'x-hop:2',
      'Keep-Alive: 5',
      'Proxy-Connection: close',
      'Proxy-Authorization: x',
      'TE: gzip',
      'Upgrade: h2c',
      'Proxy-Authenticate: x',
    )
    const kept = fc.constantFrom('A: b', 'Cookie: a=1', 'X-Hops: 1', 'Via: 1.1 x', 'Trailer: X')
    fc.assert(
      fc.property(fc.array(fc.oneof(hopField, kept), { maxLength: 12 }), lines => {
        const rewrite = {
          target: '/x',
          host: 'b.test',
          upgrade: false,
          close: false,
          via: null,
          proxyAuthorization: null,
        }
        const { head } = onlyRequest(
          `GET http://b.test/x HTTP/1.1\r\nHost: a\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`,
        )
        const written = writeRequestHead(head, rewrite)
        const again = onlyRequest(written).head
        const nominates = lines.some(line => /^connection:.*x-hop/i.test(line))
        const gone = [
          'connection',
          'keep-alive',
          'proxy-connection',
          'proxy-authorization',
          'te',
          'upgrade',
          'proxy-authenticate',
        ]
        if (nominates) gone.push('x-hop')
        const expected = fieldPairs(head).filter(([name]) => !gone.includes(name.toLowerCase()))
        assert.deepEqual(
          fieldPairs(again),
          expected.map(([name, value]) => [name, name === 'Host' ? 'b.test' : value]),
        )
        assert.equal(writeRequestHead(again, rewrite), written)
      }),
      trials(300),
    )
  })
})

describe('any response', () => {
  it('is read as what was written, however it is cut', () => {
    fc.assert(
      fc.property(generatedResponse, generated => {
        const hasBody = !/ (?:204|304) /.test(generated.start)
        const whole = hasBody ? generated : { ...generated, framing: 'none' as const }
        const message = onlyResponse(textOf(whole))
        assert.equal(message.head.text.slice(0, message.head.fieldsStart), `${whole.start}\r\n`)
        const said = {
          fields: fieldPairs(message.head),
          content: contentOf(message),
          trailers: trailerPairs(message),
        }
        assert.deepEqual(said, saidBy(whole))
      }),
      trials(150),
    )
  })

  it('is written as it was read when nothing in it is for this hop', () => {
    fc.assert(
      fc.property(generatedResponse, generated => {
        const text = textOf(generated)
        const message = playResponses(text).messages[0]
        assert.ok(message !== undefined)
        const rewrite = { connection: null, decoded: false, via: null }
        assert.equal(writeResponseHead(message.head, rewrite), text.slice(0, message.bodyStart))
      }),
      trials(150),
    )
  })
})

describe('any octets', () => {
  it('of a runner mean the same however they are cut, taken or refused', () => {
    fc.assert(
      fc.property(mutated(generatedRequest.map(textOf)), text => {
        playRequests(text)
      }),
      trials(400),
    )
  })

  it('of a server mean the same however they are cut, taken or refused', () => {
    fc.assert(
      fc.property(mutated(generatedResponse.map(textOf)), fc.constantFrom('GET', 'HEAD'), (text, method) => {
        playResponses(text, [method])
      }),
      trials(400),
    )
  })

  it('mean the same when the limits are so small that they are met', () => {
    const limits = fc.record({
      headerBytes: fc.integer({ min: 1, max: 120 }),
      headerFields: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(mutated(generatedRequest.map(textOf)), limits, (text, limits) => {
        playRequests(text, limits)
      }),
      trials(400),
    )
    fc.assert(
      fc.property(mutated(generatedResponse.map(textOf)), limits, (text, limits) => {
        playResponses(text, ['GET'], limits)
      }),
      trials(400),
    )
  })
})
