import { extendedBundle, type TrustFiles } from '../authority/trust-files.ts'
import { type Io, styled } from './io.ts'
import type { RunnerTrust } from './runner-environment.ts'

/** Trust in the authority of `files`. Of a file that can't be read and so not be extended stderr hears, once. */
export function runnerTrust(io: Io, files: TrustFiles): RunnerTrust {
  const unreadable = new Set<string>()
  return {
    ...files,
    async extended(file) {
      try {
        return await extendedBundle(files, file)
      } catch (error) {
        if (!unreadable.has(file)) io.stderr.write(`${describe(io, error as Error)}\n`)
        unreadable.add(file)
        return null
      }
    },
  }
}

function describe(io: Io, { message }: Error): string {
  return `${styled(io.stderr, 'yellow', 'warning:')} ${message}; the environment names it as roots to trust, and it is left out`
}
