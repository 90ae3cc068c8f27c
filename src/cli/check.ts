import { type Command, Status } from './command.ts'
import { inOrder, isError, readRegistry, readSettings, reportProblems } from './configuration.ts'
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
    const problems = inOrder([...read.problems, ...(registry?.problems ?? [])])
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
