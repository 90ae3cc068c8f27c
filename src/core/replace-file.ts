import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, link, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Puts `content` at `path` in one step: whoever reads sees the old file or the new one, whole, also after a crash. */
export async function replaceFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  await putInPlace(path, await writeTemporary(path, content, mode))
}

/**
 * As `replaceFile`, for a file that belongs to the user: mode and owner stay those of the file that is there, the owner
 * as far as the system lets this process give files away. `mode` is for a new file. On the disk when it returns.
 */
export async function rewriteFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const old = await stat(path).catch(() => null)
  const temporary = await writeTemporary(path, content, old === null ? mode : 0o600)
  if (old !== null) {
    await chown(temporary, old.uid, old.gid).catch(() => chown(temporary, -1, old.gid).catch(() => {}))
    await chmod(temporary, old.mode & 0o7777)
  }
  await putInPlace(path, temporary)
  await syncFolder(dirname(path))
}

/**
 * Puts a file at `path` unless there is one, of several processes that try it at once the first. `content` is called only
 * when there is none.
 */
export async function createFile(
  path: string,
  content: () => string | Promise<string>,
  mode: number,
): Promise<void> {
  if (existsSync(path)) return
  const temporary = await writeTemporary(path, await content(), mode)
  try {
    // Fails when another process was first, where a rename would replace what it made.
    await link(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(temporary)
  }
}

/** Waits until what was made, renamed or removed in a folder is on the disk, where the file system can tell. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync().catch(() => {})
  } finally {
    await handle.close()
  }
}

async function putInPlace(path: string, temporary: string): Promise<void> {
  try {
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

/** A new file beside `path` with `content` safely on the disk. Returns its path; a crash may leave it behind. */
export async function writeTemporary(path: string, content: string | Buffer, mode: number): Promise<string> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync()
    return temporary
  } catch (error) {
    await unlink(temporary)
    throw error
  } finally {
    await file.close()
  }
}

/** Whether a file name is one that `writeTemporary` gives, for a file named `original` if that is said. */
export function isTemporary(name: string, original?: string): boolean {
  const [, start] = /^(.*)\.[0-9a-f]{16}\.tmp$/.exec(name) ?? []
  return start !== undefined && (original === undefined || start === original)
}
