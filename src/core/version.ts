import { readFileSync } from 'node:fs'

/** Of this certhop, as its package says. */
export function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return JSON.parse(manifest).version
}
