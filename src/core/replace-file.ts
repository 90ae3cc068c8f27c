import { randomBytes } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'

/** Puts `content` at `path` in one step: whoever reads sees the old file or the new one, whole, also after a crash. */
export async function replaceFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = await writeTemporary(path, content, mode)
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

/** Whether a file name is one that `writeTemporary` gives. */
export function isTemporary(name: string): boolean {
  return /\.[0-9a-f]{16}\.tmp$/.test(name)
}
