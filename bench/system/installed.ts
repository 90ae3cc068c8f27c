import { spawnSync } from 'node:child_process'
import { ENVIRONMENT } from './pinned-process.ts'

/** What a program says of its version, matched with `pattern`; null where it is not installed. */
export function installedVersion(command: string, flag: string, pattern: RegExp): string | null {
  const { stdout, stderr, error } = spawnSync(command, [flag], { encoding: 'utf8', env: ENVIRONMENT })
  return error ? null : (pattern.exec(stdout + stderr)?.[1] ?? null)
}
