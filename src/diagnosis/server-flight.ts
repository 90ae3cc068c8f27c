import { X509Certificate } from 'node:crypto'
import { HandshakeDecryption } from './handshake-decryption.ts'
import { OctetReader } from './octet-reader.ts'

/** What a server has shown of itself in a TLS handshake, as far as it came. */
export interface ServerFlight {
  /** What it chose: `TLSv1.3`; null when it chose none. */
  readonly version: string | null
  /** Its certificate and what it sent with it. */
  readonly certificates: readonly X509Certificate[]
  /**
   * The authorities whose certificates it asks for, as DER names: none for any. Null when it did not ask, undefined
   * when its handshake did not come far enough to tell.
   */
  readonly authorities: readonly Buffer[] | null | undefined
}

const Content = { handshake: 22, applicationData: 23 } as const

const Handshake = {
  serverHello: 2,
  certificate: 11,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
} as const

const Extension = { supportedVersions: 43, certificateAuthorities: 47 } as const

const TLS_1_3 = 0x0304

const VERSIONS: Readonly<Record<number, string>> = {
  768: 'SSLv3',
  769: 'TLSv1',
  770: 'TLSv1.1',
  771: 'TLSv1.2',
  [TLS_1_3]: 'TLSv1.3',
}

/**
 * Reads what a server sent, from the first octet of the connection on (RFC 5246 section 7.4, RFC 8446 section 4).
 * `secret` is its handshake traffic secret, which TLS 1.3 hides its certificate behind; null when there is none. Never
 * throws: what is broken ends the reading.
 */
export function readServerFlight(octets: Buffer, secret: Buffer | null): ServerFlight {
  const reading = new FlightReader(secret)
  try {
    reading.readRecords(octets)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return reading
}

class FlightReader implements ServerFlight {
  certificates: X509Certificate[] = []
  authorities: Buffer[] | null | undefined = undefined
  readonly #secret: Buffer | null
  #version = 0
  #decryption: HandshakeDecryption | null = null
  #messages: Buffer = Buffer.alloc(0)
  /** All that is looked for has come. */
  #done = false

  constructor(secret: Buffer | null) {
    this.#secret = secret
  }

  get version(): string | null {
    return VERSIONS[this.#version] ?? null
  }

  readRecords(octets: Buffer): void {
    for (let start = 0; start + 5 < octets.length && !this.#done; ) {
      const header = octets.subarray(start, start + 5)
      const end = start + 5 + header.readUInt16BE(3)
      // The last one may not be complete.
      if (end > octets.length) return
      const content = octets.subarray(start + 5, end)
      if (header[0] === Content.handshake) this.#readHandshake(content)
      else if (header[0] === Content.applicationData && !this.#readSealed(header, content)) return
      start = end
    }
  }

  #readSealed(header: Buffer, content: Buffer): boolean {
    const opened = this.#decryption?.open(header, content) ?? null
    if (opened?.type === Content.handshake) this.#readHandshake(opened.content)
    return opened !== null
  }

  /** A record may hold several messages, and a message may need several records. */
  #readHandshake(content: Buffer): void {
    this.#messages = Buffer.concat([this.#messages, content])
    while (this.#messages.length >= 4 && !this.#done) {
      const end = 4 + this.#messages.readUIntBE(1, 3)
      if (this.#messages.length < end) return
      const message = this.#messages.subarray(4, end)
      const type = this.#messages[0]
      this.#messages = this.#messages.subarray(end)
      this.#readMessage(type, new OctetReader(message))
    }
  }

  #readMessage(type: number | undefined, message: OctetReader): void {
    if (type === Handshake.serverHello) this.#readServerHello(message)
    else if (type === Handshake.certificate) this.#readCertificates(message)
    else if (type === Handshake.certificateRequest) this.#readRequest(message)
    else if (type === Handshake.serverHelloDone || type === Handshake.certificateVerify) {
      this.authorities ??= null
      this.#done = true
    }
  }

  #readServerHello(message: OctetReader): void {
    this.#version = message.number(2)
    message.octets(32)
    message.vector(1)
    const cipherSuite = message.number(2)
    message.number(1)
    if (message.done) return
    for (const [type, content] of extensionsOf(message)) {
      if (type === Extension.supportedVersions) this.#version = content.number(2)
    }
    if (this.#version === TLS_1_3 && this.#secret !== null) {
      this.#decryption = HandshakeDecryption.create(cipherSuite, this.#secret)
    }
  }

  #readCertificates(message: OctetReader): void {
    if (this.#version === TLS_1_3) message.vector(1)
    const list = message.vector(3)
    while (!list.done) {
      const der = list.vector(3).rest()
      if (this.#version === TLS_1_3) list.vector(2)
      const certificate = parseCertificate(der)
      if (certificate !== null) this.certificates.push(certificate)
    }
  }

  #readRequest(message: OctetReader): void {
    this.authorities = []
    message.vector(1)
    if (this.#version === TLS_1_3) {
      for (const [type, content] of extensionsOf(message)) {
        if (type === Extension.certificateAuthorities) this.#readAuthorities(content)
      }
    } else {
      message.vector(2)
      this.#readAuthorities(message)
    }
  }

  #readAuthorities(message: OctetReader): void {
    const names = message.vector(2)
    while (!names.done) this.authorities?.push(names.vector(2).rest())
  }
}

function* extensionsOf(message: OctetReader): Generator<[type: number, content: OctetReader]> {
  const extensions = message.vector(2)
  while (!extensions.done) yield [extensions.number(2), extensions.vector(2)]
}

function parseCertificate(der: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(der)
  } catch {
    return null
  }
}
