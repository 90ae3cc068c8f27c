import { javaTrustStore } from '../authority/java-trust-store.ts'
import { extendedBundle, type TrustFiles } from '../authority/trust-files.ts'
import type { Events } from '../observe/events.ts'
import type { RunnerTrust } from './runner-environment.ts'

/** Trust in the authority of `files`. A file that can't be read, and so not be extended, is a notice, once. */
export async function runnerTrust(files: TrustFiles, events: Events): Promise<RunnerTrust> {
  const unreadable = new Set<string>()
  return {
    ...files,
    javaTrustStore: await javaTrustStore(files, events),
    async extended(file) {
      try {
        return await extendedBundle(files, file)
      } catch (error) {
        const { message } = error as Error
        if (!unreadable.has(file))
          events.notice('warn', `roots that the environment names are left out: ${message}`)
        unreadable.add(file)
        return null
      }
    },
  }
}
