import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

export interface FileContent {
  readonly content: Buffer
  /** Of the very file that was read, whatever stands at its path by now. */
  readonly stat: BigIntStats
}

/** Why a file could not be read, as the rest of a sentence whose subject is the file. */
export interface Unreadable {
  readonly reason: string
  readonly hint: string
}

/**
 * The content of a regular file of at most `limit` bytes. Never waits for a FIFO or a device, never reads a directory, never
 * throws. Synchronous, because a small local file takes some 15 µs, and a promise for each step four times as much.
 */
export function readRegularFile(path: string, limit: number): FileContent | Unreadable {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return describe(error as NodeJS.ErrnoException)
  }
  try {
    const stat = fstatSync(descriptor, { bigint: true })
    if (!stat.isFile()) {
      return { reason: stat.isDirectory() ? 'is a directory' : 'is not a regular file', hint: 'name a file' }
    }
    const content = stat.size > limit ? null : readToEnd(descriptor, Number(stat.size), limit)
    if (content !== null) return { content, stat }
    return { reason: `is larger than ${limit / 1024} KiB`, hint: 'is this the file that is meant?' }
  } catch (error) {
    return describe(error as NodeJS.ErrnoException)
  } finally {
    closeSync(descriptor)
  }
}

/** Reads past the size that was promised, because the file may grow meanwhile. Null when it grows beyond `limit`. */
function readToEnd(descriptor: number, size: number, limit: number): Buffer | null {
  let buffer = Buffer.allocUnsafeSlow(size + 1)
  let length = 0
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    if (read === 0) return buffer.subarray(0, length)
    length += read
    if (length > limit) return null
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafeSlow(length)])
  }
}

function describe({ code }: NodeJS.ErrnoException): Unreadable {
  if (code === 'ENOENT') return { reason: 'does not exist', hint: 'create it, or correct its path' }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      reason: 'cannot be read: permission denied',
      hint: 'make it readable for the user that runs certhop',
    }
  }
  return { reason: `cannot be read (${code})`, hint: '' }
}
