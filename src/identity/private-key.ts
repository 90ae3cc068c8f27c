import { createPrivateKey, type KeyObject } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import { adviceFor, isEncryptedKey, isPrivateKey, type PemBlock, readPemBlocks } from '../core/pem.ts'

/** A key that takes a passphrase and, by design, much computation to open. */
export interface LockedKey {
  readonly path: string
  readonly pem: string
  readonly passphrase: string
}

/**
 * The private key of a PEM file: PKCS#8, PKCS#1 or SEC1. One that is encrypted comes back locked, to be opened off the
 * event loop. Throws `client_certificate_invalid` and `passphrase_wrong`, naming `path`.
 */
export function readPrivateKey(
  path: string,
  content: Buffer,
  passphrase: string | null,
): KeyObject | LockedKey {
  const blocks = readPemBlocks(content.toString('latin1'))
  const block = blocks.find(isPrivateKey)
  if (block === undefined) {
    throw new CerthopError('client_certificate_invalid', `${path} holds no private key`, {
      hint: adviceFor(content, blocks),
    })
  }
  if (!isEncryptedKey(block)) return openPlain(path, block)
  if (passphrase === null) {
    throw new CerthopError(
      'passphrase_wrong',
      `the key in ${path} is encrypted, and the entry has no passphrase`,
      {
        hint: 'add `passphrase: {env: NAME}` or `passphrase: {file: PATH}`',
      },
    )
  }
  return { path, pem: block.text, passphrase }
}

/** Opens a locked key; milliseconds to seconds of computation. Returns the code of OpenSSL's error when it cannot. */
export function openLockedKey({ pem, passphrase }: LockedKey): KeyObject | string {
  try {
    return createPrivateKey({ key: pem, passphrase })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  }
}

/** What a code from `openLockedKey` means. */
export function lockedKeyError({ path, pem }: LockedKey, code: string): CerthopError {
  if (UNSUPPORTED.has(code)) {
    return new CerthopError(
      'client_certificate_invalid',
      `the key in ${path} is encrypted with an obsolete cipher`,
      {
        hint: 'encrypt it anew: `openssl pkcs8 -topk8 -provider legacy -provider default -in OLD -out NEW`',
      },
    )
  }
  // Some wrong passphrases decrypt to something that looks sound until it is parsed.
  if (code === 'ERR_OSSL_UNSUPPORTED' && isCutShort(pem)) return damaged(path)
  return new CerthopError('passphrase_wrong', `the passphrase does not open the key in ${path}`, {
    hint: 'compare it with `openssl pkey -in KEY -noout`',
  })
}

const UNSUPPORTED = new Set(['ERR_OSSL_EVP_UNSUPPORTED', 'ERR_OSSL_PEM_UNSUPPORTED_ENCRYPTION'])

function openPlain(path: string, { text }: PemBlock): KeyObject {
  try {
    return createPrivateKey(text)
  } catch {
    // The cause is left out: no part of a key may end up in a log.
    throw damaged(path)
  }
}

function damaged(path: string): CerthopError {
  return new CerthopError('client_certificate_invalid', `the private key in ${path} is damaged`, {
    hint: 'copy it anew; `openssl pkey -in KEY -noout -check` tests it',
  })
}

/** Whether the outermost DER structure of a PKCS#8 block claims another length than the block has (X.690 section 8.1.3). */
function isCutShort(pem: string): boolean {
  if (!pem.startsWith('-----BEGIN ENCRYPTED')) return false
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
  const first = der[1] ?? 0
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (der.length < 2 + lengthBytes || lengthBytes > 4) return true
  const length = lengthBytes === 0 ? first : der.readUIntBE(2, lengthBytes)
  return der.length !== 2 + lengthBytes + length
}
