import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

interface Places {
  /** What `--config` says. */
  option: string | undefined
  /** What `$CERTHOP_CONFIG` says; empty counts as unset. */
  variable: string | undefined
  /** The working directory. */
  folder: string
}

/**
 * The settings file to use, absolute: the named one, whether it exists or not, or else the first that exists of
 * `./certhop.yaml` and `./config/certhop.yaml`. Null when there is none.
 */
export function locateSettings({ option, variable, folder }: Places): string | null {
  const named = option ?? (variable === '' ? undefined : variable)
  if (named !== undefined) return resolve(folder, named)
  const usual = ['certhop.yaml', 'config/certhop.yaml'].map(name => resolve(folder, name))
  return usual.find(file => existsSync(file)) ?? null
}
