import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type FrameHeader, FrameStream } from '../../src/proxy/http2-frames.ts'
import { damaged } from '../support/damage.ts'
import { trials } from '../support/property.ts'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const HEADER_LENGTH = 9
const END_HEADERS = 4
const [DATA, HEADERS, CONTINUATION] = [0, 1, 9]
const INSERTED = frame(7, 0, 0, 'GOAWAY')

function frame(type: number, flags: number, stream: number, payload: string): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_LENGTH), Buffer.from(payload)])
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes.writeUInt8(type, 3)
  bytes.writeUInt8(flags, 4)
  bytes.writeUInt32BE(stream, 5)
  return bytes
}

/** A frame, or a field block in several. */
const unit = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.string({ unit: 'binary-ascii', maxLength: 30 }))
    .map(([stream, payload]) => ({ stream, bytes: frame(DATA, 0, stream, payload) })),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.constant('block'), { maxLength: 3 }))
    .map(([stream, blocks]) => ({
      stream,
      bytes: Buffer.concat([
        frame(HEADERS, 0, stream, 'first'),
        ...blocks.map(block => frame(CONTINUATION, 0, stream, block)),
        frame(CONTINUATION, END_HEADERS, stream, ''),
      ]),
    })),
)
const units = fc.array(unit, { minLength: 1, maxLength: 8 })
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 })

/** `bytes` in pieces of these sizes, over and over. */
function piecesOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length; start += pieces.at(-1)?.length ?? 0) {
    pieces.push(bytes.subarray(start, start + (sizes[pieces.length % sizes.length] ?? 1)))
  }
  return pieces
}

function passAll(stream: FrameStream, bytes: Buffer, sizes: readonly number[]): Buffer {
  return Buffer.concat(piecesOf(bytes, sizes).map(piece => stream.pass(piece)))
}

describe('One direction of an HTTP/2 connection', () => {
  test('passes as it came, however it is cut', () => {
    fc.assert(
      fc.property(units, sizes, (units, sizes) => {
        const bytes = Buffer.concat([PREFACE, ...units.map(({ bytes }) => bytes)])
        assert.deepEqual(passAll(new FrameStream(PREFACE.length), bytes, sizes), bytes)
      }),
      trials(300),
    )
  })

  test('leaves out the frames that are not admitted and nothing else, however it is cut', () => {
    fc.assert(
      fc.property(units, sizes, fc.integer({ min: 0, max: 3 }), (units, sizes, last) => {
        const admits = ({ stream }: FrameHeader) => stream <= last
        const bytes = Buffer.concat(units.map(({ bytes }) => bytes))
        const admitted = units.filter(({ stream }) => stream <= last).map(({ bytes }) => bytes)
        assert.deepEqual(passAll(new FrameStream(0, admits), bytes, sizes), Buffer.concat(admitted))
      }),
      trials(300),
    )
  })

  test('takes a frame in between at the next place between two frames that is not within a field block', () => {
    fc.assert(
      fc.property(units, sizes, fc.nat(), (units, sizes, moment) => {
        const stream = new FrameStream(0)
        const pieces = piecesOf(Buffer.concat(units.map(({ bytes }) => bytes)), sizes)
        const at = moment % (pieces.length + 1)
        const before = pieces.slice(0, at)
        const output = before.map(piece => stream.pass(piece))
        output.push(stream.insert(INSERTED) ?? Buffer.alloc(0))
        output.push(...pieces.slice(at).map(piece => stream.pass(piece)))

        const came = Buffer.concat(before).length
        const expected: Buffer[] = []
        let length = 0
        let inserted = false
        for (const { bytes } of units) {
          // A header of which a part has come is held back: the place in front of it is still free.
          if (!inserted && length > 0 && came < length + HEADER_LENGTH) {
            expected.push(INSERTED)
            inserted = true
          }
          expected.push(bytes)
          length += bytes.length
        }
        if (!inserted) expected.push(INSERTED)
        assert.deepEqual(Buffer.concat(output), Buffer.concat(expected))
      }),
      trials(300),
    )
  })

  test('passes any octets as they came, and holds back less than a frame header', () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
      damaged(
        Buffer.concat([PREFACE, frame(4, 0, 0, ''), frame(HEADERS, END_HEADERS, 1, 'fields'), INSERTED]),
      ),
    )
    fc.assert(
      fc.property(octets, sizes, fc.constantFrom(0, PREFACE.length), (bytes, sizes, preface) => {
        const passed = passAll(new FrameStream(preface), bytes, sizes)
        assert.deepEqual(passed, bytes.subarray(0, passed.length))
        assert.ok(bytes.length - passed.length < HEADER_LENGTH)
      }),
      trials(500),
    )
  })
})
