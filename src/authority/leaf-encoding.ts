import { type KeyObject, randomBytes, type X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { addressBytes } from './address-bytes.ts'
import { children, contentOf, element, Tag } from './der.ts'
import type { Signer } from './signer.ts'

/** The longest common name (RFC 5280 appendix A.1, ub-common-name). */
const LONGEST_NAME = 64

/** What the leaves of one authority have in common, as DER (RFC 5280 section 4.1). */
export interface CommonParts {
  readonly algorithm: Buffer
  /** Octet by octet what the authority's certificate has as its subject: some clients compare it so. */
  readonly issuer: Buffer
  readonly publicKey: Buffer
  /** All but the subject alternative name. */
  readonly extensions: Buffer
}

export function commonParts({ certificate, key, hash }: Signer, publicKey: KeyObject): CommonParts {
  return {
    algorithm: key.asymmetricKeyType === 'ec' ? ECDSA_WITH[hash] : RSA_WITH_SHA256,
    issuer: subjectOf(certificate),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    extensions: Buffer.concat([
      NO_AUTHORITY,
      DIGITAL_SIGNATURE,
      FOR_SERVERS,
      authorityKeyIdentifier(certificate),
    ]),
  }
}

/** version, serialNumber, signature, issuer, validity, subject, … */
const SUBJECT = 5
const VERSION_3 = Buffer.from('a003020102', 'hex')

/** Algorithm identifiers (RFC 5758 section 3.2, RFC 4055 section 5). */
const ECDSA_WITH = {
  'SHA-256': Buffer.from('300a06082a8648ce3d040302', 'hex'),
  'SHA-384': Buffer.from('300a06082a8648ce3d040303', 'hex'),
  'SHA-512': Buffer.from('300a06082a8648ce3d040304', 'hex'),
} as const
const RSA_WITH_SHA256 = Buffer.from('300d06092a864886f70d01010b0500', 'hex')

/** Object identifiers. */
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_KEY_IDENTIFIER = Buffer.from('0603551d0e', 'hex')
const KEY_USAGE = Buffer.from('0603551d0f', 'hex')
const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex')
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')
const AUTHORITY_KEY_IDENTIFIER = Buffer.from('0603551d23', 'hex')
const EXTENDED_KEY_USAGE = Buffer.from('0603551d25', 'hex')
const SERVER_AUTHENTICATION = Buffer.from('06082b06010505070301', 'hex')

const NO_AUTHORITY = extension(BASIC_CONSTRAINTS, true, element(Tag.sequence))
/** The first bit of a string, seven unused behind it. */
const DIGITAL_SIGNATURE = extension(KEY_USAGE, true, element(Tag.bitString, Buffer.of(7, 0x80)))
const FOR_SERVERS = extension(EXTENDED_KEY_USAGE, false, element(Tag.sequence, SERVER_AUTHENTICATION))

function extension(type: Buffer, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? element(Tag.boolean, Buffer.of(0xff)) : Buffer.of()
  return element(Tag.sequence, type, flag, element(Tag.octetString, value))
}

function fieldsOf(certificate: X509Certificate): Buffer[] {
  const [body] = children(certificate.raw)
  return children(body ?? Buffer.of())
}

function subjectOf(certificate: X509Certificate): Buffer {
  const subject = fieldsOf(certificate)[SUBJECT]
  if (subject === undefined) throw new Error('a certificate without a subject')
  return subject
}

/** Names the very key, for runners that trust several authorities of one name. Empty when the authority names none. */
function authorityKeyIdentifier(certificate: X509Certificate): Buffer {
  const extensions = fieldsOf(certificate).find(field => field[0] === Tag.extensions)
  const [list = Buffer.of()] = extensions === undefined ? [] : children(extensions)
  const found = children(list).find(each => children(each)[0]?.equals(SUBJECT_KEY_IDENTIFIER))
  const value = found === undefined ? undefined : children(found).at(-1)
  if (value === undefined) return Buffer.of()
  const identifier = contentOf(contentOf(value))
  return extension(
    AUTHORITY_KEY_IDENTIFIER,
    false,
    element(Tag.sequence, element(Tag.keyIdentifier, identifier)),
  )
}

/** The part of a leaf that is signed, for a host as `normalizeHost` returns it and times in milliseconds since 1970. */
export function bodyOf(common: CommonParts, host: string, notBefore: number, notAfter: number): Buffer {
  const named = host.length <= LONGEST_NAME
  // Critical where it is the only name (RFC 5280 section 4.2.1.6).
  const names = extension(SUBJECT_ALTERNATIVE_NAME, !named, element(Tag.sequence, generalName(host)))
  return element(
    Tag.sequence,
    VERSION_3,
    element(Tag.integer, randomSerialNumber()),
    common.algorithm,
    common.issuer,
    element(Tag.sequence, time(notBefore), time(notAfter)),
    named ? element(Tag.sequence, commonName(host)) : element(Tag.sequence),
    common.publicKey,
    element(Tag.extensions, element(Tag.sequence, common.extensions, names)),
  )
}

/** 126 random bits, positive and of a fixed length (RFC 5280 section 4.1.2.2). */
function randomSerialNumber(): Buffer {
  const serialNumber = randomBytes(16)
  serialNumber.writeUInt8((serialNumber.readUInt8(0) & 0x7f) | 0x40, 0)
  return serialNumber
}

function commonName(host: string): Buffer {
  const attribute = element(Tag.sequence, COMMON_NAME, element(Tag.utf8String, Buffer.from(host)))
  return element(Tag.set, attribute)
}

function generalName(host: string): Buffer {
  return isIP(host) === 0
    ? element(Tag.dnsName, Buffer.from(host))
    : element(Tag.ipAddress, addressBytes(host))
}

/** Two digits of the year until 2049, four from then on (RFC 5280 section 4.1.2.5). */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return digits < '2050'
    ? element(Tag.utcTime, Buffer.from(digits.slice(2)))
    : element(Tag.generalizedTime, Buffer.from(digits))
}
