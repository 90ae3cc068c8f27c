import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { RequestHead } from '../../src/http1/request-head.ts'
import type { ResponseHead } from '../../src/http1/response-head.ts'
import {
  contentOf,
  fieldPairs,
  type Message,
  playRequestsAtOnce,
  playResponsesAtOnce,
  trailerPairs,
} from '../support/feed.ts'
import { generatedRequest, generatedResponse, mutated, textOf } from '../support/messages.ts'
import { NodeClient, type NodeRequest, type NodeResponse, NodeServer } from '../support/node-http.ts'
import { trials } from '../support/property.ts'
import {
  REQUESTS_NODE_IS_LAXER_ON,
  REQUESTS_NODE_IS_STRICTER_ON,
  RESPONSES_NODE_IS_LAXER_ON,
  RESPONSES_NODE_IS_STRICTER_ON,
} from './node-differences.ts'

const NEXT = 'GET /next HTTP/1.1\r\nHost: next.test\r\n\r\n'
const NEXT_ANSWER = 'HTTP/1.1 299 Next\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnext'

const server = new NodeServer()
const client = new NodeClient()

before(async () => {
  await Promise.all([server.start(), client.start()])
})

after(() => {
  server.stop()
  client.stop()
})

function asNodeRequest(message: Message<RequestHead>): NodeRequest {
  const { method, target, minorVersion } = message.head
  return { method, target, minorVersion, ...common(message) }
}

function asNodeResponse(message: Message<ResponseHead>): NodeResponse {
  const { status, minorVersion } = message.head
  return { status, minorVersion, ...common(message) }
}

function common(message: Message<RequestHead> | Message<ResponseHead>) {
  return { fields: fieldPairs(message.head), content: contentOf(message), trailers: trailerPairs(message) }
}

/** What is taken here is what Node takes, one message after the other, and the next one starts at the same octet. */
async function agreeOnRequests(text: string): Promise<void> {
  const { messages, rest } = playRequestsAtOnce(Buffer.from(text, 'latin1'))
  if (messages.some(message => REQUESTS_NODE_IS_STRICTER_ON.some(({ covers }) => covers(message)))) return
  const last = messages.at(-1)
  if (last !== undefined) {
    const taken = text.slice(0, last.end) + (last.head.close ? '' : NEXT)
    const expected = playRequestsAtOnce(Buffer.from(taken, 'latin1')).messages
    assert.deepEqual(await server.read(Buffer.from(taken, 'latin1')), expected.map(asNodeRequest))
  }
  // What is incomplete here is not complete for Node either.
  if (rest === 'waits') {
    const seen = await server.read(Buffer.from(text, 'latin1'))
    assert.ok(
      seen.length <= messages.length,
      `Node saw ${seen.length} requests instead of ${messages.length}`,
    )
  }
}

async function agreeOnResponse(text: string, method: string): Promise<void> {
  const { messages } = playResponsesAtOnce(Buffer.from(text, 'latin1'), [method])
  const final = messages.find(({ head }) => head.status >= 200)
  if (final === undefined || RESPONSES_NODE_IS_STRICTER_ON.some(({ covers }) => covers(final))) return
  const taken = Buffer.from(text.slice(0, final.end), 'latin1')
  const untilClose = final.end === text.length && final.head.contentLength === -1 && !final.head.chunked
  if (final.head.close || untilClose) {
    assert.deepEqual(await client.read([taken], [method]), [asNodeResponse(final)])
    return
  }
  const [first, next] = await client.read([taken, Buffer.from(NEXT_ANSWER)], [method, 'GET'])
  assert.deepEqual(first, asNodeResponse(final))
  assert.deepEqual([next?.status, next?.content], [299, 'next'])
}

/** What the properties once failed on. */
const REQUESTS_THAT_FAILED: [string][] = []
const RESPONSES_THAT_FAILED: [string, string][] = []

describe("Node's HTTP server, fed the same octets,", () => {
  it('sees the same requests and the same beginning of the next one', async () => {
    const text = fc
      .array(generatedRequest.map(textOf), { minLength: 1, maxLength: 3 })
      .map(texts => texts.join(''))
    await fc.assert(fc.asyncProperty(text, agreeOnRequests), trials(1000))
  })

  it('sees them also when valid requests are mutilated and still taken', async () => {
    const examples = REQUESTS_THAT_FAILED
    await fc.assert(fc.asyncProperty(mutated(generatedRequest.map(textOf)), agreeOnRequests), {
      ...trials(4000),
      examples,
    })
  })

  for (const { name, bytes } of REQUESTS_NODE_IS_LAXER_ON) {
    it(`takes ${name}, which is refused here`, async () => {
      assert.deepEqual(playRequestsAtOnce(Buffer.from(bytes, 'latin1')).messages, [])
      assert.equal((await server.read(Buffer.from(bytes, 'latin1'))).length, 1)
    })
  }

  for (const { name, bytes, covers } of REQUESTS_NODE_IS_STRICTER_ON) {
    it(`refuses ${name}, which is taken here`, async () => {
      const { messages } = playRequestsAtOnce(Buffer.from(bytes, 'latin1'))
      assert.ok(messages.some(covers))
      assert.ok((await server.read(Buffer.from(bytes, 'latin1'))).length < messages.length)
    })
  }
})

describe("Node's HTTP client, answered with the same octets,", () => {
  const method = fc.constantFrom('GET', 'HEAD', 'POST')

  it('sees the same response, and the next one behind it', async () => {
    await fc.assert(fc.asyncProperty(generatedResponse.map(textOf), method, agreeOnResponse), trials(1000))
  })

  it('sees it also when a valid response is mutilated and still taken', async () => {
    const examples = RESPONSES_THAT_FAILED
    await fc.assert(fc.asyncProperty(mutated(generatedResponse.map(textOf)), method, agreeOnResponse), {
      ...trials(4000),
      examples,
    })
  })

  for (const { name, bytes } of RESPONSES_NODE_IS_LAXER_ON) {
    it(`takes ${name}, which is refused here`, async () => {
      assert.equal(playResponsesAtOnce(Buffer.from(bytes, 'latin1')).rest, 'bad_response')
      const [response] = await client.read([Buffer.from(bytes, 'latin1')], ['GET'])
      assert.notEqual(response, null)
    })
  }

  for (const { name, bytes, covers } of RESPONSES_NODE_IS_STRICTER_ON) {
    it(`misreads ${name}, which is understood here`, async () => {
      const octets = Buffer.from(bytes, 'latin1')
      const [message] = playResponsesAtOnce(octets).messages
      assert.ok(message !== undefined && covers(message))
      assert.notDeepEqual(await client.read([octets], ['GET']), [asNodeResponse(message)])
    })
  }
})
