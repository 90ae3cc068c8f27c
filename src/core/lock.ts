import { hash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Who holds a lock: enough to tell whether that process still runs, and to say who it is. */
interface Owner {
  readonly pid: number
  /** Tells a process from an earlier one of the same pid; empty where the system does not say. */
  readonly started: string
  /** Processes of the same scope see each other's pids: one boot of one machine, one pid namespace. As a digest. */
  readonly scope: string
  readonly host: string
}

export interface LockOptions {
  /** How long to wait while one and the same owner holds the lock, in milliseconds; default 15 seconds. */
  readonly patience?: number
  /** Called once, with the owner in words, when the wait has become noticeable. */
  readonly onWait?: (owner: string) => void
}

/** One owner did not give up the lock in time. `owner` is whoever holds it, in words; `path` is what to remove if that is gone. */
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
 * The lock is the folder `PATH.lock` with one file in it, whose name says who holds it and is nobody else's. It is made
 * elsewhere and renamed into place, which succeeds only where there is no such folder or an empty one. So the lock of a
 * process that died is broken by removing that one file: whoever does so too late removes nothing.
 */
export async function withLock<Result>(
  path: string,
  { patience = PATIENCE_MS, onWait }: LockOptions,
  task: () => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`
  const name = nameOf(thisProcess())
  const prepared = `${lock}.${name}.tmp`
  await mkdir(prepared)
  try {
    await writeFile(join(prepared, name), '')
    await acquire(prepared, lock, patience, onWait)
  } catch (error) {
    await rm(prepared, { recursive: true, force: true })
    throw error
  }
  try {
    await removeAbandoned(lock)
    return await task()
  } finally {
    await rm(join(lock, name), { force: true })
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
  let holderSince = started
  let lastName = ''
  let told = false
  while (!(await renamed(prepared, lock))) {
    const [name] = namesIn(lock)
    if (name === undefined) continue
    const holder = ownerOf(name)
    if (holder !== null && isGone(holder)) {
      await rm(join(lock, name), { force: true })
      continue
    }
    const now = performance.now()
    if (name !== lastName) holderSince = now
    lastName = name
    const owner = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`
    if (now - holderSince > patience) throw new LockTaken(lock, owner)
    if (now - started > NOTICEABLE_MS && !told) {
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
  const start = `${basename(lock)}.`
  for (const name of await readdir(folder)) {
    if (!name.startsWith(start) || !name.endsWith('.tmp')) continue
    const path = join(folder, name)
    const owner = ownerOf(name.slice(start.length, -'.tmp'.length))
    if (owner === null) continue
    if (isGone(owner) || isOld(path)) await rm(path, { recursive: true, force: true })
  }
}

/** Whether somebody who waited in `path` has long given up. */
function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && Date.now() - found.mtimeMs > HOUR
}

function nameOf({ pid, started, scope, host }: Owner): string {
  return `${pid}-${started}-${scope}-${randomBytes(8).toString('hex')}@${host}`
}

/** Null for a name that `nameOf` did not give. */
function ownerOf(name: string): Owner | null {
  const match = /^(\d+)-(\d*)-([0-9a-f]+)-[0-9a-f]+@(.*)$/.exec(name)
  if (match === null) return null
  const [, pid = '', started = '', scope = '', host = ''] = match
  return { pid: Number(pid), started, scope, host }
}

function thisProcess(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? '', scope: scope(), host: hostname() }
}

function scope(): string {
  let name = hostname()
  try {
    name = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid')
  } catch {
    // Not Linux: pids have no namespaces.
  }
  return hash('sha256', name).slice(0, 16)
}

/** Only ever true of a process that could be seen if it were there. */
function isGone(owner: Owner): boolean {
  if (owner.scope !== scope()) return false
  const started = startOf(owner.pid)
  return started === null || (started !== '' && started !== owner.started)
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
