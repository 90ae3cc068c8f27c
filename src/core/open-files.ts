import { readFileSync } from 'node:fs'

/** How many files this process may have open at once; null where the system does not tell (only Linux does), or has no limit. */
export function openFileLimit(): number | null {
  try {
    const [, soft] = /^Max open files +(\d+) /m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return soft === undefined ? null : Number(soft)
  } catch {
    return null
  }
}
