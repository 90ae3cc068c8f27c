import { previewRemoval, type RemovedCertificate, removeCertificate } from '../registry/remove.ts'
import type { Succession } from '../registry/rivals.ts'
import { ask, canAsk } from './ask.ts'
import { type Command, Status } from './command.ts'
import { readValidSettings } from './configuration.ts'
import { complain, type Io, remark } from './io.ts'
import { CONFIGURATION } from './options.ts'

/** Heirs that are listed; there may be thousands below `*`. */
const SHOWN_HEIRS = 5

export const remove: Command = {
  name: 'remove',
  summary: 'remove a certificate from the registry file, and the files that `add` copied for it',
  argument: ['id', 'the id of the certificate'],
  options: [{ flags: '--yes', description: 'do not ask' }, ...CONFIGURATION],
  examples: [
    ['certhop remove payments-2025', 'says who wins its hosts then, and asks'],
    ['certhop remove payments-2025 --yes', 'in a script'],
  ],
  async run(io, options, [id = '']) {
    const settings = await readValidSettings(io, options)
    if (settings === null) return Status.invalid
    const { registry } = settings
    if (options.yes !== true) {
      const succession = previewRemoval(registry, id)
      if (!canAsk(io)) {
        complain(io, 'there is no terminal to ask on: say --yes')
        return Status.invalid
      }
      for (const each of succession) io.stderr.write(`${tell(each)}\n`)
      const answer = await ask(io, `Remove \`${id}\`? [y/N] `)
      if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) {
        remark(io, 'nothing was removed')
        return Status.failed
      }
    }
    const removed = await removeCertificate(registry, id, {
      onWait: owner => remark(io, `${registry} is being changed by ${owner}; waiting`),
    })
    report(io, removed)
    io.stdout.write(`${id}\n`)
    return Status.done
  },
}

/** What becomes of one pattern, as a line. */
function tell({ pattern, heirs, isComplete }: Succession): string {
  const names = heirs.map(id => `\`${id}\``)
  const rest = (isComplete ? names.pop() : undefined) ?? 'no certificate'
  if (names.length === 0) return `${pattern}: ${rest} from then on`
  const more = names.length > SHOWN_HEIRS ? ` and ${names.length - SHOWN_HEIRS} more` : ''
  const match = names.length === 1 ? 'it matches' : 'they match'
  return `${pattern}: ${names.slice(0, SHOWN_HEIRS).join(', ')}${more} where ${match}, otherwise ${rest}`
}

function report(io: Io, { definition, copies }: RemovedCertificate): void {
  const { id } = definition
  if (copies === 'removed') remark(io, `the files in certs/${id} are deleted`)
  else if (copies !== 'none')
    remark(io, `the files in certs/${id} stay: \`${copies.join('`, `')}\` refers to them`)
}
