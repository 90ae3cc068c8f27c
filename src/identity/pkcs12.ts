import { createPrivateKey, type KeyObject } from 'node:crypto'
import { BerElement, context, elementAt, MalformedBer, Tag } from './ber.ts'
import { decrypt, IterationBudget, UnsupportedProtection } from './pkcs12-ciphers.ts'
import { macFits } from './pkcs12-keys.ts'

/** A PKCS#12 file (RFC 7292), whose passphrase takes, by design, much computation. */
export interface LockedBundle {
  readonly path: string
  readonly bundle: Uint8Array
  readonly passphrase: string | null
}

/** What a bundle holds, in its order. */
export interface Bundle {
  readonly keys: readonly { readonly key: KeyObject; readonly name: string | null }[]
  /** DER. */
  readonly certificates: readonly Uint8Array[]
}

/** Why a bundle cannot be opened. `detail` names what is not supported. */
export interface BundleFault {
  readonly fault: 'passphrase' | 'unsupported' | 'damaged'
  readonly detail: string
}

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const BAGS = '1.2.840.113549.1.12.10.1.'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const FRIENDLY_NAME = '1.2.840.113549.1.9.20'

const MAC_DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** Opens a bundle; milliseconds to seconds of computation. */
export async function openBundle({ bundle, passphrase }: LockedBundle): Promise<Bundle | BundleFault> {
  try {
    const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength)
    const [, authSafe, macData] = BerElement.read(bytes).children()
    if (authSafe === undefined) throw new MalformedBer('no content')
    const content = contentOf(authSafe, DATA).octets()
    // Without a passphrase some programs take an empty one, and others none at all.
    const candidates = passphrase === null || passphrase === '' ? [null, ''] : [passphrase]
    for (const candidate of candidates) {
      const budget = new IterationBudget()
      if (macData !== undefined && !isProtectedBy(candidate, macData, content, budget)) continue
      const opened = await readContent(content, candidate, budget)
      // Private members don't pass from thread to thread.
      if (opened !== null) return { keys: opened.keys, certificates: opened.certificates }
    }
    return { fault: 'passphrase', detail: '' }
  } catch (error) {
    if (error instanceof UnsupportedProtection) return { fault: 'unsupported', detail: error.message }
    if (error instanceof MalformedBer) return { fault: 'damaged', detail: '' }
    throw error
  }
}

function isProtectedBy(
  passphrase: string | null,
  macData: BerElement,
  content: Buffer,
  budget: IterationBudget,
): boolean {
  const [digestInfo, salt, iterations] = macData.children()
  if (digestInfo === undefined || salt === undefined) throw new MalformedBer('no MAC')
  const [algorithm, mac] = digestInfo.children()
  if (algorithm === undefined || mac === undefined) throw new MalformedBer('no digest')
  const identifier = elementAt(algorithm.children(), 0).identifier()
  const digest = MAC_DIGESTS[identifier]
  if (digest === undefined) throw new UnsupportedProtection(identifier)
  const derivation = {
    digest,
    salt: salt.octets(),
    iterations: iterations === undefined ? 1 : budget.take(iterations),
  }
  return macFits(passphrase, derivation, content, mac.octets())
}

/** Null when the passphrase is wrong. */
async function readContent(
  content: Buffer,
  passphrase: string | null,
  budget: IterationBudget,
): Promise<Bundle | null> {
  const reader = new BundleReader(passphrase, budget)
  for (const safe of BerElement.read(content).children()) {
    const isEncrypted = elementAt(safe.children(), 0).identifier() === ENCRYPTED_DATA
    const isRead = isEncrypted
      ? await reader.readEncrypted(contentOf(safe, ENCRYPTED_DATA))
      : await reader.readBags(contentOf(safe, DATA).octets())
    if (!isRead) return null
  }
  return reader
}

/** The content of a ContentInfo (RFC 2315 section 7) of that type. */
function contentOf(contentInfo: BerElement, type: string): BerElement {
  const [identifier, content] = contentInfo.children()
  if (identifier === undefined || content === undefined) throw new MalformedBer('no content')
  if (identifier.identifier() !== type) throw new UnsupportedProtection(identifier.identifier())
  return elementAt(content.children(context(0)), 0)
}

/** Bags in bags; nobody goes as deep. */
const MAX_DEPTH = 8

/** Collects keys and certificates. Its methods give false when the passphrase is wrong. */
class BundleReader implements Bundle {
  readonly keys: { key: KeyObject; name: string | null }[] = []
  readonly certificates: Uint8Array[] = []
  readonly #passphrase: string | null
  readonly #budget: IterationBudget

  constructor(passphrase: string | null, budget: IterationBudget) {
    this.#passphrase = passphrase
    this.#budget = budget
  }

  /** RFC 2315 section 13. */
  async readEncrypted(encryptedData: BerElement): Promise<boolean> {
    const [, algorithm, content] = elementAt(encryptedData.children(), 1).children()
    if (algorithm === undefined || content === undefined) throw new MalformedBer('no encrypted content')
    const decrypted = await decrypt(algorithm, content.octets(0x80), this.#passphrase, this.#budget)
    if (decrypted === null) return false
    try {
      return await this.readBags(decrypted)
    } catch (error) {
      // Without a MAC a wrong passphrase shows in noise.
      if (error instanceof MalformedBer) return false
      throw error
    } finally {
      decrypted.fill(0)
    }
  }

  async readBags(safeContents: Buffer, depth = 0): Promise<boolean> {
    if (depth > MAX_DEPTH) throw new MalformedBer('too deep')
    for (const bag of BerElement.read(safeContents).children()) {
      if (!(await this.#readBag(bag, depth))) return false
    }
    return true
  }

  async #readBag(bag: BerElement, depth: number): Promise<boolean> {
    const [identifier, wrapped, attributes] = bag.children()
    if (identifier === undefined || wrapped === undefined) throw new MalformedBer('no bag')
    const value = elementAt(wrapped.children(context(0)), 0)
    const encoded = wrapped.content.subarray(0, value.size)
    switch (identifier.identifier()) {
      case `${BAGS}1`:
        if (!this.#addKey(encoded, friendlyName(attributes))) throw new MalformedBer('no key')
        return true
      case `${BAGS}2`:
        return this.#addEncryptedKey(value, friendlyName(attributes))
      case `${BAGS}3`:
        this.#addCertificate(value)
        return true
      case `${BAGS}6`:
        return this.readBags(encoded, depth + 1)
      default:
        // Revocation lists and secrets of other kinds have no part in TLS.
        return true
    }
  }

  async #addEncryptedKey(value: BerElement, name: string | null): Promise<boolean> {
    const [algorithm, encrypted] = value.children()
    if (algorithm === undefined || encrypted === undefined) throw new MalformedBer('no encrypted key')
    const decrypted = await decrypt(algorithm, encrypted.octets(), this.#passphrase, this.#budget)
    if (decrypted === null) return false
    try {
      return this.#addKey(decrypted, name)
    } finally {
      decrypted.fill(0)
    }
  }

  #addKey(der: Buffer, name: string | null): boolean {
    try {
      this.keys.push({ key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), name })
      return true
    } catch {
      return false
    }
  }

  #addCertificate(value: BerElement): void {
    const [type, certificate] = value.children()
    if (type?.identifier() !== X509_CERTIFICATE || certificate === undefined) return
    // A copy, because the buffer is wiped.
    this.certificates.push(Uint8Array.from(elementAt(certificate.children(context(0)), 0).octets()))
  }
}

function friendlyName(attributes: BerElement | undefined): string | null {
  for (const attribute of attributes?.children(Tag.set) ?? []) {
    const [identifier, values] = attribute.children()
    if (identifier?.identifier() !== FRIENDLY_NAME) continue
    const text = values?.children(Tag.set)[0]
    if (text?.tag === Tag.bmpString && text.content.length % 2 === 0)
      return Buffer.from(text.content).swap16().toString('utf16le')
  }
  return null
}
