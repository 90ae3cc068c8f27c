import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { SecureContext } from 'node:tls'
import { isExposed } from '../core/exposure.ts'
import { readRegularFile } from '../core/read-file.ts'
import type { Events } from '../observe/events.ts'
import { InvalidAuthority } from './invalid-authority.ts'
import { Leaves } from './leaves.ts'
import { authorityFile, openPersistent, rotatePersistent, versionOf } from './persistent.ts'
import { createRoot } from './root.ts'
import { type PemFile, readSigner, type Signer } from './signer.ts'
import { ensureTrustFiles, type TrustFiles, trustFilesIn, writeTrustFiles } from './trust-files.ts'

/** How often a running process looks whether its authority was rotated, in milliseconds. */
const LOOK_AGAIN = 1000
const LARGEST_FILE = 1024 ** 2

/**
 * `persistent`: made once and kept in the state directory. `ephemeral`: for this process alone, its key never on a disk.
 * Or the user's own, as paths of PEM files.
 */
export type AuthorityKind = 'persistent' | 'ephemeral' | { readonly cert: string; readonly key: string }

interface AuthorityOptions {
  /** Absolute; created when it is missing. */
  readonly stateDirectory: string
  readonly authority: AuthorityKind
  /** Hears of a key that others can read, and of rotations. */
  readonly events?: Events
  /**
   * True leaves a bundle of this authority as it is until `updateTrustFiles`, because reading the system's roots holds the
   * event loop for 20 to 50 ms. Default false.
   */
  readonly rootsLater?: boolean
}

/** The local certificate authority: lends a runner's connection a certificate for whatever host it asks for. */
export class Authority {
  readonly files: TrustFiles
  #leaves: Leaves
  readonly #source: Source
  #lookAgainAt: number
  #updating: Promise<unknown> | null = null
  #rotations: NodeJS.Timeout | undefined

  constructor(source: Source) {
    this.#source = source
    this.files = source.files
    this.#leaves = new Leaves(source.signer)
    this.#lookAgainAt =
      source.renewed === undefined ? Number.POSITIVE_INFINITY : performance.now() + LOOK_AGAIN
  }

  /**
   * A TLS context with a leaf for `host`, a name or an IP address as `normalizeHost` returns it. The first for a host
   * takes some milliseconds, off the event loop; it is kept. Rejects with `InvalidAuthority` when the authority has expired.
   */
  async contextFor(host: string): Promise<SecureContext> {
    const now = performance.now()
    if (now >= this.#lookAgainAt) {
      this.#lookAgainAt = now + LOOK_AGAIN
      const signer = await this.#source.renewed?.()
      if (signer) this.#leaves = new Leaves(signer)
    }
    return this.#leaves.contextFor(host)
  }

  /** Brings the bundle up to date with the system's roots. Rejects when it can't; the old one stays then. */
  async updateTrustFiles(): Promise<void> {
    this.#updating = this.#source.update?.() ?? null
    await this.#updating
  }

  /** What signs, at the start. */
  get signer(): Signer {
    return this.#source.signer
  }

  /** For leaves that are made elsewhere: looks by itself from now on, and tells of every signer that takes the place of another. */
  onRotation(listener: (signer: Signer) => void): void {
    const look = async () => {
      const signer = await this.#source.renewed?.()
      if (signer) listener(signer)
    }
    this.#rotations = setInterval(() => void look(), LOOK_AGAIN).unref()
  }

  /** Removes what was for this process alone. Contexts that were handed out stay good. */
  async close(): Promise<void> {
    await this.#updating?.catch(() => {})
    clearInterval(this.#rotations)
    await this.#source.close?.()
  }
}

/** Where a signer comes from. */
interface Source {
  readonly signer: Signer
  readonly files: TrustFiles
  /** The new signer, when there is one since the last call. */
  readonly renewed?: () => Promise<Signer | null>
  /** Puts the trust files right, with the roots of now. */
  readonly update?: () => Promise<unknown>
  readonly close?: () => Promise<void>
}

/** Rejects with `InvalidAuthority`, which says what to do, when the authority or the state directory cannot be used. */
export function openAuthority(options: AuthorityOptions): Promise<Authority> {
  return inStateDirectory(options.stateDirectory, async () => new Authority(await openSource(options)))
}

/** Replaces the persistent authority, if any, by a new one. Running processes notice. Rejects as `openAuthority` does. */
export function rotateAuthority(stateDirectory: string): Promise<void> {
  return inStateDirectory(stateDirectory, () => rotatePersistent(stateDirectory))
}

async function inStateDirectory<Result>(folder: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task()
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw new InvalidAuthority(`the state directory ${folder} cannot be used (${syscall}: ${code})`, {
      hint: 'name one that can be written with --state-dir or `stateDirectory`',
    })
  }
}

function openSource({ stateDirectory, authority, events, rootsLater }: AuthorityOptions): Promise<Source> {
  const write = rootsLater ? ensureTrustFiles : writeTrustFiles
  if (authority === 'persistent') return persistent(stateDirectory, write, events)
  if (authority === 'ephemeral') return ephemeral(stateDirectory)
  return brought(stateDirectory, authority, write, events)
}

type WriteTrustFiles = typeof writeTrustFiles

async function persistent(
  folder: string,
  write: WriteTrustFiles,
  events: Events | undefined,
): Promise<Source> {
  const path = authorityFile(folder)
  let { signer, version, exposed } = await openPersistent(folder, write)
  if (exposed) warnOfExposure(path, events)

  async function renewed(): Promise<Signer | null> {
    const found = await versionOf(path)
    // While it is gone, the authority that runners trust is still this one.
    if (found === null || found === version) return null
    version = found
    try {
      const before = signer.certificate.fingerprint256
      ;({ signer, version } = await openPersistent(folder))
      if (signer.certificate.fingerprint256 === before) return null
      events?.notice('info', 'the local authority was rotated', { authority: path })
      return signer
    } catch (error) {
      events?.notice('error', `the last good authority stays: ${(error as Error).message}`)
      return null
    }
  }

  // Whatever authority is there by then, because it is the one that its files have to say.
  const update = () => openPersistent(folder, writeTrustFiles)
  return { signer, files: trustFilesIn(folder), renewed, update }
}

async function ephemeral(stateDirectory: string): Promise<Source> {
  const content = Buffer.from(await createRoot(hostname()))
  const file = { path: 'the ephemeral authority', content }
  const signer = readSigner(file, file, Date.now())
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(stateDirectory, 'ephemeral-'))
  const files = trustFilesIn(folder)
  await writeTrustFiles(files, signer.trusted)
  return { signer, files, close: () => rm(folder, { recursive: true, force: true }) }
}

/** Its trust files have a folder of their own, so that another certhop with another authority does not replace them. */
async function brought(
  stateDirectory: string,
  { cert, key }: { readonly cert: string; readonly key: string },
  write: WriteTrustFiles,
  events: Events | undefined,
): Promise<Source> {
  const keyFile = readConfigured(key)
  let signer: Signer
  try {
    signer = readSigner(readConfigured(cert), keyFile, Date.now())
  } catch (error) {
    if (!(error instanceof InvalidAuthority)) throw error
    throw new InvalidAuthority(error.message, { hint: error.hint, configured: true })
  }
  if (keyFile.exposed) warnOfExposure(key, events)
  const fingerprint = signer.certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  const folder = join(stateDirectory, `authority-${fingerprint.slice(0, 16)}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = trustFilesIn(folder)
  await write(files, signer.trusted)
  return { signer, files, update: () => writeTrustFiles(files, signer.trusted) }
}

function readConfigured(path: string): PemFile & { readonly exposed: boolean } {
  const read = readRegularFile(path, LARGEST_FILE)
  if ('reason' in read) {
    throw new InvalidAuthority(`${path} ${read.reason}`, { hint: read.hint, configured: true })
  }
  return { path, content: read.content, exposed: isExposed(read.stat) }
}

function warnOfExposure(path: string, events: Events | undefined): void {
  events?.notice('warn', `the private key ${path} is open to other users (chmod 600 ${path})`, {
    code: 'key_readable_by_others',
  })
}
