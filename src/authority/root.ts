import { generateKeyPair, hash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import {
  BASIC_CONSTRAINTS,
  bodyOf,
  COMMON_NAME,
  ECDSA_WITH,
  extension,
  KEY_USAGE,
  LONGEST_NAME,
  namePart,
  ORGANIZATION,
  SUBJECT_KEY_IDENTIFIER,
  signedPem,
} from './certificate-encoding.ts'
import { children, contentOf, element, Tag } from './der.ts'

const DAY = 86_400_000
const YEAR = 365 * DAY
/** How far the clock of a runner may be behind. */
const CLOCK_SKEW = DAY

const ALGORITHM = ECDSA_WITH['SHA-256']

const generate = promisify(generateKeyPair)
const signAsync = promisify(sign)

/** May sign leaves, and no further authorities (RFC 5280 section 4.2.1.9). */
const AUTHORITY = extension(
  BASIC_CONSTRAINTS,
  true,
  element(Tag.sequence, element(Tag.boolean, Buffer.of(0xff)), element(Tag.integer, Buffer.of(0))),
)
/** keyCertSign and cRLSign, the sixth and seventh bit; one unused behind them (RFC 5280 section 4.2.1.3). */
const SIGNS_CERTIFICATES = extension(KEY_USAGE, true, element(Tag.bitString, Buffer.of(1, 0x06)))

/** A new authority for ten years, as PEM: its key (PKCS#8), then its certificate, self-signed on P-256. */
export async function createRoot(hostname: string): Promise<string> {
  const keys = await generate('ec', { namedCurve: 'P-256' })
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' })
  const commonName = `certhop local authority on ${hostname}`.slice(0, LONGEST_NAME)
  const name = element(Tag.sequence, namePart(ORGANIZATION, 'certhop'), namePart(COMMON_NAME, commonName))
  const now = Date.now()
  const body = bodyOf({
    algorithm: ALGORITHM,
    issuer: name,
    notBefore: now - CLOCK_SKEW,
    notAfter: now + 10 * YEAR,
    subject: name,
    publicKey,
    extensions: Buffer.concat([AUTHORITY, SIGNS_CERTIFICATES, keyIdentifier(publicKey)]),
  })
  const signature = await signAsync('SHA-256', body, keys.privateKey)
  return `${pem(keys.privateKey)}${signedPem(body, ALGORITHM, signature)}`
}

/** By the first method of RFC 5280 section 4.2.1.2: the hash of the key's bits, without how many of them are unused. */
function keyIdentifier(publicKey: Buffer): Buffer {
  const [, bits = Buffer.of()] = children(publicKey)
  const digest = hash('sha1', contentOf(bits).subarray(1), 'buffer')
  return extension(SUBJECT_KEY_IDENTIFIER, false, element(Tag.octetString, digest))
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
