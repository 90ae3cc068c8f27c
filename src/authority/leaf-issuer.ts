import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { addressBytes } from './address-bytes.ts'
import { children, element, Tag } from './der.ts'
import { InvalidAuthority } from './invalid-authority.ts'
import type { Signer } from './signer.ts'

const HOUR = 3_600_000
/** How far the clock of a runner may be behind. */
const CLOCK_SKEW = HOUR
const LIFETIME = 90 * 24 * HOUR

/** The longest common name (RFC 5280 appendix A.1, ub-common-name). */
const LONGEST_NAME = 64

const OID_COMMON_NAME = Buffer.from('0603550403', 'hex')
const OID_SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex')
const TRUE = Buffer.from('0101ff', 'hex')

const generate = promisify(generateKeyPair)
/** In libuv's thread pool, off the event loop. */
const signAsync = promisify(sign)

export interface Leaf {
  /** PEM: the leaf, then the intermediates up to the root. */
  readonly chain: string
  /** Milliseconds since 1970. */
  readonly notAfter: number
}

/**
 * Issues certificates for servers, all for one key on P-256. The library would take a millisecond and a half for each;
 * most of a leaf is the same for every host, so it makes one as a template, and what differs is put into it here, in
 * some fifty microseconds.
 */
export class LeafIssuer {
  /** PEM (PKCS#8). */
  readonly key: string
  readonly #signer: Signer
  readonly #intermediates: string
  readonly #template: Template

  private constructor(signer: Signer, key: KeyObject, template: Buffer) {
    this.key = key.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.#signer = signer
    this.#intermediates = signer.intermediates.map(each => each.toString()).join('')
    this.#template = readTemplate(template)
  }

  static async create(signer: Signer): Promise<LeafIssuer> {
    const { createLeafTemplate } = await import('./certificates.ts')
    const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' })
    return new LeafIssuer(signer, privateKey, await createLeafTemplate(signer, publicKey))
  }

  /**
   * A leaf for a host name or an IP address, as `normalizeHost` returns it: valid from an hour before `now`, for 90 days
   * or as long as the authority is. Throws `InvalidAuthority` when that has expired.
   */
  async issue(host: string, now: number): Promise<Leaf> {
    const { certificate, key, hash } = this.#signer
    const notBefore = now - CLOCK_SKEW
    const notAfter = Math.min(notBefore + LIFETIME, certificate.validToDate.getTime())
    if (notAfter <= now) {
      throw new InvalidAuthority(`the local authority expired at ${certificate.validTo}`, {
        hint: 'renew it; `certhop ca rotate` does so for the one that certhop made',
      })
    }
    const body = fillIn(this.#template, host, notBefore, notAfter)
    const signature = await signAsync(hash, body, key)
    const der = element(
      Tag.sequence,
      body,
      this.#template.algorithm,
      // The number of unused bits comes first (X.690 section 8.6.2).
      element(Tag.bitString, Buffer.of(0), signature),
    )
    return { chain: pemOf(der) + this.#intermediates, notAfter }
  }
}

/** The parts of a certificate (RFC 5280 section 4.1) that leaves for different hosts have in common, as DER. */
interface Template {
  readonly version: Buffer
  readonly algorithm: Buffer
  readonly issuer: Buffer
  readonly publicKey: Buffer
  /** Without the subject alternative name. */
  readonly extensions: Buffer
}

function readTemplate(certificate: Buffer): Template {
  const [body] = children(certificate) as [Buffer]
  const [version, , algorithm, issuer, , , publicKey, extensions] = children(body) as Buffer[]
  if (!version || !algorithm || !issuer || !publicKey || !extensions) throw new Error('no X.509 certificate')
  const [list] = children(extensions) as [Buffer]
  return { version, algorithm, issuer, publicKey, extensions: Buffer.concat(children(list)) }
}

/** The part of a leaf that is signed. */
function fillIn(template: Template, host: string, notBefore: number, notAfter: number): Buffer {
  const subject = host.length <= LONGEST_NAME ? commonName(host) : Buffer.alloc(0)
  const alternativeName = element(
    Tag.sequence,
    OID_SUBJECT_ALTERNATIVE_NAME,
    // Critical where it is the only name (RFC 5280 section 4.2.1.6).
    subject.length === 0 ? TRUE : Buffer.alloc(0),
    element(Tag.octetString, element(Tag.sequence, generalName(host))),
  )
  return element(
    Tag.sequence,
    template.version,
    element(Tag.integer, randomSerialNumber()),
    template.algorithm,
    template.issuer,
    element(Tag.sequence, time(notBefore), time(notAfter)),
    element(Tag.sequence, subject),
    template.publicKey,
    element(Tag.extensions, element(Tag.sequence, template.extensions, alternativeName)),
  )
}

/** 127 random bits, positive and of a fixed length (RFC 5280 section 4.1.2.2). */
function randomSerialNumber(): Buffer {
  const serialNumber = randomBytes(16)
  serialNumber.writeUInt8((serialNumber.readUInt8(0) & 0x7f) | 0x40, 0)
  return serialNumber
}

function commonName(host: string): Buffer {
  const attribute = element(Tag.sequence, OID_COMMON_NAME, element(Tag.utf8String, Buffer.from(host)))
  return element(Tag.set, attribute)
}

function generalName(host: string): Buffer {
  return isIP(host) === 0
    ? element(Tag.dnsName, Buffer.from(host))
    : element(Tag.ipAddress, addressBytes(host))
}

/** Two digits of a year until 2049, four from then on (RFC 5280 section 4.1.2.5). */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return digits < '2050'
    ? element(Tag.utcTime, Buffer.from(digits.slice(2)))
    : element(Tag.generalizedTime, Buffer.from(digits))
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}
