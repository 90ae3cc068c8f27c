import type { KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { CerthopError } from '../core/errors.ts'
import { isExposed } from '../core/exposure.ts'
import { isEncryptedKey, isPrivateKey, readPemBlocks } from '../core/pem.ts'
import { readRegularFile } from '../core/read-file.ts'
import { orderChain, readCertificates } from './certificates.ts'
import { readPrivateKey } from './private-key.ts'

/** What the proxy shows runners that speak TLS to it, all of it PEM. */
export interface ListenerCredentials {
  /** The certificate, then its intermediates. */
  readonly cert: string
  readonly key: string
  /** The authorities whose certificates runners have to show; null when they are not asked for any. */
  readonly ca: readonly string[] | null
  /** Other users can read the file of the key. */
  readonly keyExposed: boolean
}

/** Paths of PEM files. */
export interface ListenerFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | null
}

/** Files of `listen.tls` that cannot be used. */
export class InvalidListenerCredentials extends Error {
  override readonly name = 'InvalidListenerCredentials'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(`listen.tls: ${message}`)
    this.hint = hint
  }
}

const LARGEST_FILE = 1024 ** 2

/** Reads and checks the files: certificate and key belong together. Throws `InvalidListenerCredentials`. */
export function readListenerCredentials({ cert, key, clientCa }: ListenerFiles): ListenerCredentials {
  try {
    const keyFile = read(key)
    const privateKey = openKey(key, keyFile.content)
    const chain = orderChain(cert, readCertificates(cert, read(cert).content), privateKey)
    const authorities = clientCa === null ? null : readCertificates(clientCa, read(clientCa).content)
    const credentials = {
      cert: chain.map(each => each.toString()).join(''),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ca: authorities?.map(each => each.toString()) ?? null,
    }
    checkUse(cert, credentials)
    return { ...credentials, keyExposed: isExposed(keyFile.stat) }
  } catch (error) {
    if (!(error instanceof CerthopError)) throw error
    throw new InvalidListenerCredentials(error.message, error.hint ?? '')
  }
}

/** TLS refuses small keys and old signatures. */
function checkUse(path: string, { cert, key, ca }: Omit<ListenerCredentials, 'keyExposed'>): void {
  try {
    createSecureContext({ cert, key, ...(ca === null ? {} : { ca: [...ca] }) })
  } catch (error) {
    const reason = (error as Error).message.split(':').at(-1)
    throw new InvalidListenerCredentials(`TLS refuses the certificate in ${path}: ${reason}`, STRONGER)
  }
}

const STRONGER =
  'have it issued anew with a key of at least 2048 bits (RSA) or P-256 (EC), signed with SHA-256'

function read(path: string) {
  const file = readRegularFile(path, LARGEST_FILE)
  if ('reason' in file) throw new InvalidListenerCredentials(`${path} ${file.reason}`, file.hint)
  return file
}

function openKey(path: string, content: Buffer): KeyObject {
  const block = readPemBlocks(content.toString('latin1')).find(isPrivateKey)
  const key = block !== undefined && isEncryptedKey(block) ? null : readPrivateKey(path, content, null)
  if (key !== null && 'export' in key) return key
  const hint = 'decrypt it: `openssl pkey -in OLD -out NEW`, and keep the file from other users'
  throw new InvalidListenerCredentials(`the key in ${path} is encrypted`, hint)
}
