import { type FileHandle, open } from 'node:fs/promises'

/** Writes a file that only its owner can read. False when there is one of that name already, which stays as it is. */
export async function writeNewFile(path: string, text: string): Promise<boolean> {
  let file: FileHandle
  try {
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    await file.writeFile(text)
    await file.sync()
    return true
  } finally {
    await file.close()
  }
}
