import { randomBytes } from 'node:crypto'
import { element, Tag } from './der.ts'
import type { SignatureHash } from './signer.ts'

/** The longest common name (RFC 5280 appendix A.1, ub-common-name). */
export const LONGEST_NAME = 64

/** Algorithm identifiers (RFC 5758 section 3.2, RFC 4055 section 5). */
export const ECDSA_WITH: Readonly<Record<SignatureHash, Buffer>> = {
  'SHA-256': Buffer.from('300a06082a8648ce3d040302', 'hex'),
  'SHA-384': Buffer.from('300a06082a8648ce3d040303', 'hex'),
  'SHA-512': Buffer.from('300a06082a8648ce3d040304', 'hex'),
}
export const RSA_WITH_SHA256 = Buffer.from('300d06092a864886f70d01010b0500', 'hex')

/** Object identifiers of what names are made of. */
export const COMMON_NAME = Buffer.from('0603550403', 'hex')
export const ORGANIZATION = Buffer.from('060355040a', 'hex')

/** Object identifiers of extensions. */
export const SUBJECT_KEY_IDENTIFIER = Buffer.from('0603551d0e', 'hex')
export const KEY_USAGE = Buffer.from('0603551d0f', 'hex')
export const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')

const VERSION_3 = Buffer.from('a003020102', 'hex')

/** DER, all but the times, which are in milliseconds since 1970. */
interface Fields {
  readonly algorithm: Buffer
  readonly issuer: Buffer
  readonly notBefore: number
  readonly notAfter: number
  readonly subject: Buffer
  readonly publicKey: Buffer
  /** One after the other. */
  readonly extensions: Buffer
}

/** The part of a certificate that is signed (RFC 5280 section 4.1). */
export function bodyOf(fields: Fields): Buffer {
  return element(
    Tag.sequence,
    VERSION_3,
    element(Tag.integer, randomSerialNumber()),
    fields.algorithm,
    fields.issuer,
    element(Tag.sequence, time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.publicKey,
    element(Tag.extensions, element(Tag.sequence, fields.extensions)),
  )
}

/** The certificate, as PEM. */
export function signedPem(body: Buffer, algorithm: Buffer, signature: Buffer): string {
  // The number of unused bits comes first (X.690 section 8.6.2).
  const der = element(Tag.sequence, body, algorithm, element(Tag.bitString, Buffer.of(0), signature))
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

export function extension(type: Buffer, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? element(Tag.boolean, Buffer.of(0xff)) : Buffer.of()
  return element(Tag.sequence, type, flag, element(Tag.octetString, value))
}

/** One part of a name, such as `CN=example.com`. */
export function namePart(type: Buffer, value: string): Buffer {
  return element(Tag.set, element(Tag.sequence, type, element(Tag.utf8String, Buffer.from(value))))
}

/** 126 random bits, positive and of a fixed length (RFC 5280 section 4.1.2.2). */
function randomSerialNumber(): Buffer {
  const serialNumber = randomBytes(16)
  serialNumber.writeUInt8((serialNumber.readUInt8(0) & 0x7f) | 0x40, 0)
  return serialNumber
}

/** Two digits of the year until 2049, four from then on (RFC 5280 section 4.1.2.5). */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return digits < '2050'
    ? element(Tag.utcTime, Buffer.from(digits.slice(2)))
    : element(Tag.generalizedTime, Buffer.from(digits))
}
