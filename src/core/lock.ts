import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Who holds a lock: enough to tell whether that process still runs, and to say who it is. */
interface Owner {
  readonly pid: number
  readonly host: string
  /** Processes of the same scope see each other's pids: one boot of one machine, one pid namespace. */
  readonly scope: string
  /** Tells a process from an earlier one of the same pid; empty where the system does not say. */
  readonly started: string
}

export interface LockOptions {
  /** How long to wait for the lock, in milliseconds; default 15 seconds. */
  readonly patience?: number
  /** Called once, with the owner in words, when the wait has become noticeable. */
  readonly onWait?: (owner: string) => void
}

/** The lock was not given up in time. `owner` is whoever holds it, in words; `path` is what to remove if that is gone. */
export class LockTaken extends Error {
  override readonly name = 'LockTaken'
  readonly owner: string
  readonly path: string

  constructor(path: string, owner: string) {
    super(`${path} is held by ${owner}`)
    this.path = path
    this.owner = owner
  }
}

const PATIENCE_MS = 15_000
const NOTICEABLE_MS = 1000
const HOUR = 3_600_000

/**
 * Runs `task` while nobody else runs one for the same `path`, in this process or another, also on another machine that
 * shares the folder. Throws `LockTaken`, and what the file system says when the folder cannot be written.
 *
 * The lock is the folder `PATH.lock` with one file in it, whose name nobody else has. It is made elsewhere and renamed
 * into place, which succeeds only where there is no such folder or an empty one. So the lock of a process that died is
 * broken by removing that one file: whoever does so too late removes nothing.
 */
export async function withLock<Result>(
  path: string,
  { patience = PATIENCE_MS, onWait }: LockOptions,
  task: () => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`
  const token = randomBytes(8).toString('hex')
  const prepared = `${lock}.${token}.tmp`
  await mkdir(prepared, { mode: 0o755 })
  try {
    await writeFile(join(prepared, token), JSON.stringify(thisProcess()), { mode: 0o644 })
    await acquire(prepared, lock, patience, onWait)
  } catch (error) {
    await rm(prepared, { recursive: true, force: true })
    throw error
  }
  try {
    await removeAbandoned(lock)
    return await task()
  } finally {
    await unlink(join(lock, token))
    // Somebody may have taken the empty folder already.
    await rmdir(lock).catch(() => {})
  }
}

async function acquire(
  prepared: string,
  lock: string,
  patience: number,
  onWait: LockOptions['onWait'],
): Promise<void> {
  const started = performance.now()
  let told = false
  while (!(await renamed(prepared, lock))) {
    const holder = readHolder(lock)
    if (holder === null) continue
    if (holder.owner !== null && isGone(holder.owner)) {
      await unlink(holder.file).catch(() => {})
      continue
    }
    const waited = performance.now() - started
    const owner = describe(holder.owner)
    if (waited > patience) throw new LockTaken(lock, owner)
    if (waited > NOTICEABLE_MS && !told) {
      told = true
      onWait?.(owner)
    }
    await setTimeout(10 + Math.random() * 40)
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

/** The file that makes `lock` somebody's, and what it says, if that can be read. Null when it is nobody's by now. */
function readHolder(lock: string): { readonly file: string; readonly owner: Owner | null } | null {
  const [name] = namesIn(lock)
  if (name === undefined) return null
  const file = join(lock, name)
  try {
    return { file, owner: JSON.parse(readFileSync(file, 'utf8')) }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : { file, owner: null }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** What processes left that were killed while they waited. */
async function removeAbandoned(lock: string): Promise<void> {
  const folder = dirname(lock)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(lock)}.`) || !name.endsWith('.tmp')) continue
    const path = join(folder, name)
    const owner = readHolder(path)?.owner
    const abandoned = owner ? isGone(owner) : isOld(path)
    if (abandoned) await rm(path, { recursive: true, force: true })
  }
}

function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && Date.now() - found.mtimeMs > HOUR
}

function thisProcess(): Owner {
  return { pid: process.pid, host: hostname(), scope: scope(), started: startOf(process.pid) ?? '' }
}

function scope(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** Only ever true of a process that could be seen if it were there. */
function isGone(owner: Owner): boolean {
  return owner.scope === scope() && startOf(owner.pid) !== owner.started
}

/** When a process started, in a form that only compares; empty where the system does not say, null when there is none. */
function startOf(pid: number): string | null {
  try {
    // proc(5): the name in parentheses may hold anything; the state is the field behind it, the start the 20th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? '')
  } catch {
    return runs(pid) ? '' : null
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function describe(owner: Owner | null): string {
  return owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`
}
