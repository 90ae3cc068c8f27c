import type { Problem } from '../core/problem.ts'
import { InvalidListenerCredentials, readListenerCredentials } from '../identity/listener-credentials.ts'
import type { Settings } from '../settings/settings.ts'
import { type Command, Status } from './command.ts'
import {
  inOrder,
  isError,
  readRegistry,
  readSettings,
  reportProblems,
  settingsFile,
} from './configuration.ts'
import { styled } from './io.ts'
import { CONFIGURATION, JSON_OUTPUT } from './options.ts'

export const check: Command = {
  name: 'check',
  summary: 'validate the settings and the registry: every problem at once',
  options: [...CONFIGURATION, JSON_OUTPUT],
  examples: [
    ['certhop check', 'exit status 2 when anything is wrong'],
    ['certhop check --registry new.yaml && mv new.yaml registry.yaml', 'before a registry is put in place'],
    ['certhop check --json', 'for machines'],
  ],
  async run(io, options) {
    const read = await readSettings(io, options)
    if (read === null) return Status.invalid
    const registry = read.settings === null ? null : await readRegistry(read.settings)
    const listener = read.settings === null ? [] : listenerProblems(read.settings, settingsFile(io, options))
    const problems = inOrder([...read.problems, ...listener, ...(registry?.problems ?? [])])
    const ok = !problems.some(isError)
    if (options.json) {
      const shown = problems.map(({ severity, ...problem }) => problem)
      io.stdout.write(`${JSON.stringify({ ok, problems: shown }, null, 2)}\n`)
    } else {
      reportProblems(io.stdout, problems)
      const count = registry?.snapshot?.entries.length ?? 0
      if (ok)
        io.stdout.write(
          `${styled(io.stdout, 'green', 'ok')}: ${count} certificate${count === 1 ? '' : 's'}\n`,
        )
    }
    return ok ? Status.done : Status.invalid
  },
}

/** What is wrong with the files of `listen.tls`, which only a settings file can name. */
function listenerProblems({ listen: { tls } }: Settings, file: string | null): Problem[] {
  if (tls === null || file === null) return []
  try {
    readListenerCredentials(tls)
    return []
  } catch (error) {
    if (!(error instanceof InvalidListenerCredentials)) throw error
    const { message, hint } = error
    return [{ severity: 'error', file, line: 1, column: 1, code: 'listener_files_unusable', message, hint }]
  }
}
