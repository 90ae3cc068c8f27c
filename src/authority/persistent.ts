import { type BigIntStats, existsSync } from 'node:fs'
import { mkdir, readdir, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isExposed } from '../core/exposure.ts'
import { readRegularFile } from '../core/read-file.ts'
import { createFile, isTemporary, replaceFile } from '../core/replace-file.ts'
import { InvalidAuthority } from './invalid-authority.ts'
import { createRoot } from './root.ts'
import { readSigner, type Signer } from './signer.ts'
import { trustFilesIn, writeTrustFiles } from './trust-files.ts'

const LARGEST_FILE = 1024 ** 2
const PRIVATE = 0o600
const HOUR = 3_600_000

/** Of every error in the file that certhop itself wrote. */
const ROTATE = '`certhop ca rotate` makes a new authority, which runners then have to trust anew'

/** The authority of a state directory at one moment. */
export interface Persistent {
  readonly signer: Signer
  /** Tells this version of the file from every other. */
  readonly version: string
  /** Users other than the owner may read the key. */
  readonly exposed: boolean
}

/** The one truth about the authority: its key and its certificate. All other files are made from it. */
export function authorityFile(folder: string): string {
  return join(folder, 'authority.pem')
}

/**
 * The authority of `folder`, made when there is none; processes that start at once agree on one. Its trust files are put
 * right as well by `write`, whatever a crash has left behind.
 */
export async function openPersistent(folder: string, write = writeTrustFiles): Promise<Persistent> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await removeLeftovers(folder)
  const path = authorityFile(folder)
  for (;;) {
    const found = readPersistent(path) ?? (await create(path))
    await write(trustFilesIn(folder), found.signer.trusted)
    // Another process may have put a new authority in place meanwhile, and its files are the ones that must stay.
    if ((await versionOf(path)) === found.version) return found
  }
}

/** Puts a new authority in the place of the one in `folder`, if any. Running processes notice by themselves. */
export async function rotatePersistent(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await replaceFile(authorityFile(folder), await newAuthority(), PRIVATE)
  await openPersistent(folder)
}

/** The version of a file, as in `Persistent`; null when there is none. */
export async function versionOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null)
  return found === null ? null : describeVersion(found)
}

function readPersistent(path: string): Persistent | null {
  if (!existsSync(path)) return null
  const read = readRegularFile(path, LARGEST_FILE)
  if ('reason' in read) throw new InvalidAuthority(`${path} ${read.reason}`, { hint: read.hint })
  const file = { path, content: read.content }
  try {
    return {
      signer: readSigner(file, file, Date.now()),
      version: describeVersion(read.stat),
      exposed: isExposed(read.stat),
    }
  } catch (error) {
    if (!(error instanceof InvalidAuthority)) throw error
    throw new InvalidAuthority(error.message, { hint: ROTATE })
  }
}

async function create(path: string): Promise<Persistent> {
  await createFile(path, newAuthority, PRIVATE)
  const made = readPersistent(path)
  if (made !== null) return made
  throw new InvalidAuthority(`${path} is a link to a file that does not exist`, { hint: 'remove it' })
}

async function newAuthority(): Promise<string> {
  return createRoot(hostname())
}

/** What a process left that was killed while it wrote. One that still writes is done within the hour. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!isTemporary(name)) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > HOUR) await unlink(path).catch(() => {})
  }
}

function describeVersion({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].join(':')
}
