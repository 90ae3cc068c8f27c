import type { CerthopError } from '../core/errors.ts'
import { expiredError } from '../registry/candidate.ts'
import type { Entry } from '../registry/entry.ts'
import { type Command, Status } from './command.ts'
import { readConfiguration } from './configuration.ts'
import { styled, table } from './io.ts'
import { CONFIGURATION, JSON_OUTPUT } from './options.ts'

const DAY = 86_400_000

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
    const certificates = sorted.map(entry => describe(entry, now))
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

/** An entry as `list --json` prints it, and its state in words. Times are ISO 8601. */
function describe(entry: Entry, now: number) {
  const { facts } = entry
  const error = errorOf(entry, now)
  const pending = facts !== null && now < facts.notBefore
  return {
    id: entry.id,
    hosts: entry.hosts,
    port: entry.port,
    groups: entry.groups ?? [],
    addedAt: isoTime(entry.addedAt),
    subject: facts?.subject ?? null,
    issuer: facts?.issuer ?? null,
    serialNumber: facts?.serialNumber ?? null,
    fingerprint256: facts?.fingerprint256 ?? null,
    keyType: facts?.keyType ?? null,
    notBefore: isoTime(facts?.notBefore ?? null),
    notAfter: isoTime(facts?.notAfter ?? null),
    daysLeft: facts === null ? null : Math.floor((facts.notAfter - now) / DAY),
    usable: error === null && !pending,
    error: error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? '' },
    state: error?.code ?? (pending ? 'not valid yet' : 'usable'),
  }
}

function mostUrgentFirst(entries: readonly Entry[], now: number): Entry[] {
  const urgency = (entry: Entry) =>
    errorOf(entry, now) === null ? (entry.facts?.notAfter ?? now) : Number.NEGATIVE_INFINITY
  return entries.toSorted((a, b) => {
    const [first, second] = [urgency(a), urgency(b)]
    return first === second ? 0 : first - second
  })
}

function errorOf(entry: Entry, now: number): CerthopError | null {
  if (entry.error !== null || entry.facts === null) return entry.error
  return now > entry.facts.notAfter ? expiredError(entry.id, entry.facts.notAfter) : null
}

function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
