import { readFileSync } from 'node:fs'
import { PACKAGE_FOLDER } from './program-files.ts'

/** Of this certhop, as its package says. */
export function version(): string {
  const manifest = readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8')
  return JSON.parse(manifest).version
}
