import { extensionParsers } from 'read-tls-client-hello'
import { CerthopError } from '../core/errors.ts'
import { normalizeHost } from '../core/host.ts'

/** What a runner says of itself in the first message of TLS (RFC 8446 section 4.1.2). */
export interface ClientHello {
  /** The server name (RFC 6066 section 3), normalised; null when there is none, or one that is no host name. */
  readonly serverName: string | null
  /** What it offers by ALPN (RFC 7301), in its order; empty for none. */
  readonly protocols: readonly string[]
}

const HANDSHAKE_RECORD = 0x16
const RECORD_HEADER = 5
const MAX_RECORD = 16_384
const CLIENT_HELLO = 1
const MESSAGE_HEADER = 4
const SERVER_NAME = 0
const ALPN = 16

const UNKNOWN: ClientHello = { serverName: null, protocols: [] }

/** True for the first octet of a TLS connection. */
export function startsTls(octet: number | undefined): boolean {
  return octet === HANDSHAKE_RECORD
}

/**
 * Reads the ClientHello at the start of `bytes`, over as many records as it is cut into. Null while it is not all there.
 * One that is malformed says nothing of itself: TLS will refuse it by its own alert. Throws `header_too_large` when it
 * is longer than `maxBytes`.
 */
export function readClientHello(bytes: Buffer, maxBytes: number): ClientHello | null {
  const message = collectMessage(bytes)
  if (message === null) return bytes.length > maxBytes ? refuse(maxBytes) : null
  try {
    return parseMessage(message)
  } catch {
    return UNKNOWN
  }
}

function refuse(maxBytes: number): never {
  throw new CerthopError('header_too_large', `The ClientHello is longer than ${maxBytes} bytes`)
}

/** The body of the first handshake message; empty for what is none. Null while it is not complete. */
function collectMessage(bytes: Buffer): Buffer | null {
  const fragments: Buffer[] = []
  let collected = 0
  let end: number | null = null
  for (let record = 0; record + RECORD_HEADER <= bytes.length; ) {
    const length = bytes.readUInt16BE(record + 3)
    if (bytes[record] !== HANDSHAKE_RECORD || length === 0 || length > MAX_RECORD) return Buffer.alloc(0)
    const start = record + RECORD_HEADER
    const fragment = bytes.subarray(start, start + length)
    fragments.push(fragment)
    collected += fragment.length
    record = start + length
    if (collected < MESSAGE_HEADER) continue
    // Fragments are joined twice and no more: they may be thousands, of an octet each.
    if (end === null) {
      const header = Buffer.concat(fragments)
      if (header[0] !== CLIENT_HELLO) return Buffer.alloc(0)
      end = MESSAGE_HEADER + header.readUIntBE(1, 3)
    }
    if (collected >= end) return Buffer.concat(fragments).subarray(MESSAGE_HEADER, end)
  }
  return null
}

/** Throws a RangeError when a length points past the end. */
function parseMessage(message: Buffer): ClientHello {
  const { serverName, protocols } = UNKNOWN
  const found = { serverName, protocols }
  // legacy_version and random, then three vectors with lengths of 1, 2 and 1 octets.
  let position = 2 + 32
  position += 1 + message.readUInt8(position)
  position += 2 + message.readUInt16BE(position)
  position += 1 + message.readUInt8(position)
  if (position === message.length) return found
  const end = position + 2 + message.readUInt16BE(position)
  position += 2
  while (position < end) {
    const type = message.readUInt16BE(position)
    const length = message.readUInt16BE(position + 2)
    const data = message.subarray(position + 4, position + 4 + length)
    if (type === SERVER_NAME) found.serverName = normalized(extensionParsers[SERVER_NAME](data)?.serverName)
    else if (type === ALPN) found.protocols = extensionParsers[ALPN](data).protocols
    position += 4 + length
  }
  return found
}

function normalized(name: string | undefined): string | null {
  return name === undefined ? null : normalizeHost(name)
}
