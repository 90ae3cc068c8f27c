import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The proxies of npm have packages of their own, so that nobody else installs them. */
export const INSTALL = 'npm ci --prefix bench'

/** Null where the package is not installed. */
export function packageVersion(name: string): string | null {
  try {
    const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
    return JSON.parse(readFileSync(file, 'utf8')).version
  } catch {
    return null
  }
}

/** The path of a program in this folder, which finds those packages. */
export function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
