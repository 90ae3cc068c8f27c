import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const PUBLISHED = ['bin', 'package.json']

/** certhop as it is published: bundled, in `folder`. */
export async function buildPackage(folder: string): Promise<void> {
  const bundle = ['--config', '--dir', join(folder, 'dist')]
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/rolldown'), bundle, { cwd: ROOT })
  for (const name of PUBLISHED) await cp(join(ROOT, name), join(folder, name), { recursive: true })
}
