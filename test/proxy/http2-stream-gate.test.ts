import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { StreamGate } from '../../src/proxy/http2-stream-gate.ts'
import { trials } from '../support/property.ts'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const [DATA, HEADERS, PRIORITY, SETTINGS, WINDOW_UPDATE, CONTINUATION] = [0, 1, 2, 4, 8, 9]
const REFUSED_STREAM = Buffer.from([0, 0, 0, 7])

function frame(type: number, stream: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(9), Buffer.from(payload)])
  bytes.writeUIntBE(bytes.length - 9, 0, 3)
  bytes.writeUInt8(type, 3)
  bytes.writeUInt32BE(stream, 5)
  return bytes
}

function openGate() {
  const answers: Buffer[] = []
  const gate = new StreamGate(answer => answers.push(answer))
  gate.take(PREFACE)
  return { gate, answers }
}

const anyFrame = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 30 }))
  .map(([type, stream, payload]) => frame(type, stream, Buffer.from(payload)))
const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 })

function piecesOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1
    pieces.push(bytes.subarray(start, start + size))
    start += size
  }
  return pieces
}

describe('The gate for streams of HTTP/2', () => {
  test('lets everything through as it came, however it is cut, until it is shut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 10 }), cuts, (frames, sizes) => {
        const bytes = Buffer.concat([PREFACE, ...frames])
        const gate = new StreamGate(() => assert.fail('nothing to answer'))
        const taken = piecesOf(bytes, sizes).map(piece => gate.take(piece))
        assert.deepEqual(Buffer.concat(taken), bytes)
      }),
      trials(300),
    )
  })

  test('leaves out the same streams, however the frames are cut, once it is shut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 10 }), cuts, (frames, sizes) => {
        const whole = openGate()
        const cut = openGate()
        const bytes = Buffer.concat(frames)
        whole.gate.shut()
        cut.gate.shut()
        const expected = whole.gate.take(bytes)
        const taken = piecesOf(bytes, sizes).map(piece => cut.gate.take(piece))
        assert.deepEqual(Buffer.concat(taken), expected)
        assert.deepEqual(cut.answers, whole.answers)
        assert.equal(cut.gate.broken, whole.gate.broken)
      }),
      trials(300),
    )
  })

  test('lets streams that had begun go on, and those that the server pushed, and the connection', () => {
    const { gate, answers } = openGate()
    gate.take(frame(HEADERS, 5, 'get'))
    gate.shut()
    const frames = [
      frame(DATA, 5, 'body'),
      frame(HEADERS, 5, 'trailers'),
      frame(WINDOW_UPDATE, 3, '0001'),
      frame(WINDOW_UPDATE, 6, '0001'),
      frame(SETTINGS, 0),
    ]
    assert.deepEqual(gate.take(Buffer.concat(frames)), Buffer.concat(frames))
    assert.deepEqual(answers, [])
    assert.equal(gate.broken, false)
  })

  test('refuses a new stream once, with all that belongs to it, and makes good the room that its data took', () => {
    const { gate, answers } = openGate()
    gate.shut()
    const late = [
      frame(PRIORITY, 7, '00000'),
      frame(HEADERS, 7, 'half'),
      frame(CONTINUATION, 7, 'the other half'),
      frame(DATA, 7, 'body'),
      frame(WINDOW_UPDATE, 7, '0001'),
    ]
    assert.equal(gate.take(Buffer.concat(late)).length, 0)
    const refusal = frame(3, 7, REFUSED_STREAM)
    assert.deepEqual(answers, [refusal, frame(WINDOW_UPDATE, 0, Buffer.from([0, 0, 0, 4]))])
    assert.equal(gate.broken, false)
  })

  test('has no way to let trailers through behind a field block that it left out', () => {
    const { gate } = openGate()
    gate.take(frame(HEADERS, 1, 'get'))
    gate.shut()
    gate.take(frame(HEADERS, 3, 'late'))
    assert.equal(gate.take(frame(HEADERS, 1, 'trailers')).length, 0)
    assert.equal(gate.broken, true)
  })
})
