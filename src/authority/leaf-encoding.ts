import type { KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { addressBytes } from './address-bytes.ts'
import {
  BASIC_CONSTRAINTS,
  bodyOf,
  COMMON_NAME,
  ECDSA_WITH,
  extension,
  KEY_USAGE,
  LONGEST_NAME,
  namePart,
  RSA_WITH_SHA256,
  SUBJECT_KEY_IDENTIFIER,
} from './certificate-encoding.ts'
import { children, contentOf, element, Tag } from './der.ts'
import type { Signer } from './signer.ts'

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

/** Object identifiers. */
const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex')
const AUTHORITY_KEY_IDENTIFIER = Buffer.from('0603551d23', 'hex')
const EXTENDED_KEY_USAGE = Buffer.from('0603551d25', 'hex')
const SERVER_AUTHENTICATION = Buffer.from('06082b06010505070301', 'hex')

const NO_AUTHORITY = extension(BASIC_CONSTRAINTS, true, element(Tag.sequence))
/** The first bit of a string, seven unused behind it. */
const DIGITAL_SIGNATURE = extension(KEY_USAGE, true, element(Tag.bitString, Buffer.of(7, 0x80)))
const FOR_SERVERS = extension(EXTENDED_KEY_USAGE, false, element(Tag.sequence, SERVER_AUTHENTICATION))

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
export function leafBody(common: CommonParts, host: string, notBefore: number, notAfter: number): Buffer {
  const named = host.length <= LONGEST_NAME
  // Critical where it is the only name (RFC 5280 section 4.2.1.6).
  const names = extension(SUBJECT_ALTERNATIVE_NAME, !named, element(Tag.sequence, generalName(host)))
  return bodyOf({
    algorithm: common.algorithm,
    issuer: common.issuer,
    notBefore,
    notAfter,
    subject: named ? element(Tag.sequence, namePart(COMMON_NAME, host)) : element(Tag.sequence),
    publicKey: common.publicKey,
    extensions: Buffer.concat([common.extensions, names]),
  })
}

function generalName(host: string): Buffer {
  return isIP(host) === 0
    ? element(Tag.dnsName, Buffer.from(host))
    : element(Tag.ipAddress, addressBytes(host))
}
