import { hash } from 'node:crypto'
import { join } from 'node:path'
import { readRegularFile } from '../core/read-file.ts'
import { replaceFile } from '../core/replace-file.ts'
import { systemRoots } from '../core/system-roots.ts'

/** What runners are pointed at. Paths are absolute. */
export interface TrustFiles {
  /** PEM of the authority alone, for what adds to the system's roots (NODE_EXTRA_CA_CERTS). */
  readonly certificate: string
  /** PEM of the system's roots and the authority, for what replaces them (SSL_CERT_FILE and its kin). */
  readonly bundle: string
}

const READABLE = 0o644
const LARGEST_BUNDLE = 16 * 1024 ** 2

export function trustFilesIn(folder: string): TrustFiles {
  return { certificate: join(folder, 'ca.pem'), bundle: join(folder, 'bundle.pem') }
}

/** Makes the files say `trusted` (PEM), each replaced in one step and only where its content differs. */
export async function writeTrustFiles(files: TrustFiles, trusted: string): Promise<void> {
  await update(files.certificate, trusted)
  await update(files.bundle, joinPem([...systemRoots(), trusted]))
}

/** As `writeTrustFiles`, but a bundle that ends with `trusted` stays, with the system's roots of whenever it was made. */
export async function ensureTrustFiles(files: TrustFiles, trusted: string): Promise<void> {
  const read = readRegularFile(files.bundle, LARGEST_BUNDLE)
  const isUsable = 'content' in read && read.content.toString().endsWith(joinPem(['', trusted]))
  if (isUsable) await update(files.certificate, trusted)
  else await writeTrustFiles(files, trusted)
}

/**
 * A bundle that adds the authority to one that the environment of a runner names already. Returns its path, beside
 * `files`; the content decides the name, so a bundle in use never changes. Rejects when `existing` cannot be read.
 */
export async function extendedBundle(files: TrustFiles, existing: string): Promise<string> {
  const content = readBundle(existing)
  const trusted = readBundle(files.certificate)
  if (content.includes(trusted)) return existing
  const extended = joinPem([content, trusted])
  const name = `bundle-${hash('sha256', extended).slice(0, 16)}.pem`
  const path = join(files.bundle, '..', name)
  await update(path, extended)
  return path
}

function readBundle(path: string): string {
  const read = readRegularFile(path, LARGEST_BUNDLE)
  if ('reason' in read) throw new Error(`${path} ${read.reason}`)
  return read.content.toString()
}

async function update(path: string, content: string): Promise<void> {
  const read = readRegularFile(path, LARGEST_BUNDLE)
  if ('content' in read && read.content.equals(Buffer.from(content))) return
  await replaceFile(path, content, READABLE)
}

/** Node's roots come without a line break at their end, and two markers on one line are no PEM. */
function joinPem(parts: readonly string[]): string {
  return parts.map(part => (part.endsWith('\n') ? part : `${part}\n`)).join('')
}
