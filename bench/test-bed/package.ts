import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const PUBLISHED = ['bin', 'dist-web', 'package.json']

/** certhop as it is published: bundled, in `folder`. */
export async function buildPackage(folder: string): Promise<void> {
  const bundle = ['--config', '--dir', join(folder, 'dist')]
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/rolldown'), bundle, { cwd: ROOT })
  // The page may not have been built.
  for (const name of PUBLISHED.filter(name => existsSync(join(ROOT, name)))) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true })
  }
}
