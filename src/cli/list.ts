import { describeEntry, errorOf } from '../registry/described-entry.ts'
import type { Entry } from '../registry/entry.ts'
import { type Command, Status } from './command.ts'
import { readConfiguration } from './configuration.ts'
import { styled, table } from './io.ts'
import { CONFIGURATION, JSON_OUTPUT } from './options.ts'

export const list: Command = {
  name: 'list',
  summary: 'the certificates of the registry and their state',
  options: [
    ...CONFIGURATION,
    JSON_OUTPUT,
    {
      flags: '--sort <order>',
      description: 'what cannot be used first, then what expires first; default: as in the registry',
      choices: ['urgency'],
    },
  ],
  examples: [
    ['certhop list', 'as a table'],
    ['certhop list --sort urgency', 'what has to be seen to first'],
    [
      `certhop list --json | jq '.certificates[] | select(.daysLeft < 30) | .id'`,
      'what expires within 30 days',
    ],
  ],
  async run(io, options) {
    const configuration = await readConfiguration(io, options)
    if (configuration === null) return Status.invalid
    const { entries } = configuration.snapshot
    const now = Date.now()
    const sorted = options.sort === 'urgency' ? mostUrgentFirst(entries, now) : entries
    const certificates = sorted.map(entry => describeEntry(entry, now))
    if (options.json) {
      io.stdout.write(
        `${JSON.stringify({ certificates: certificates.map(({ state, ...rest }) => rest) }, null, 2)}\n`,
      )
      return Status.done
    }
    const [heading = '', ...lines] = table([
      ['id', 'host', 'groups', 'subject', 'issuer', 'not after', 'days left', 'added at', 'state'],
      ...certificates.map(each => [
        each.id,
        each.hosts.join(' ') + (each.port === null ? '' : ` port ${each.port}`),
        each.groups.join(' '),
        each.subject ?? '',
        each.issuer ?? '',
        each.notAfter?.slice(0, 10) ?? '',
        String(each.daysLeft ?? ''),
        each.addedAt ?? '',
        each.state,
      ]),
    ])
    io.stdout.write(`${styled(io.stdout, 'bold', heading)}\n`)
    for (const [index, line] of lines.entries()) {
      io.stdout.write(`${certificates[index]?.usable ? line : styled(io.stdout, 'red', line)}\n`)
    }
    return Status.done
  },
}

function mostUrgentFirst(entries: readonly Entry[], now: number): Entry[] {
  const urgency = (entry: Entry) =>
    errorOf(entry, now) === null ? (entry.facts?.notAfter ?? now) : Number.NEGATIVE_INFINITY
  return entries.toSorted((a, b) => {
    const [first, second] = [urgency(a), urgency(b)]
    return first === second ? 0 : first - second
  })
}
