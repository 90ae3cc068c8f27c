import { policyOf } from '../app.ts'
import { CerthopError } from '../core/errors.ts'
import { groupsOf } from '../core/groups.ts'
import { formatAuthority } from '../core/host.ts'
import type { Target } from '../http1/target.ts'
import { certificatePort, planRequest } from '../proxy/plan.ts'
import type { Explanation } from '../registry/explain.ts'
import type { Selection } from '../registry/selection.ts'
import type { Settings } from '../settings/settings.ts'
import { type Command, Status } from './command.ts'
import { readConfiguration } from './configuration.ts'
import { complain, type Io, styled, table } from './io.ts'
import { CONFIGURATION, GROUP, JSON_OUTPUT } from './options.ts'
import { NO_TARGET, parseTarget } from './target.ts'

/**
 * What becomes of a request for a target: `tls` goes out over TLS with the winning certificate, `plain` in clear text and
 * `tunnel` through an unopened tunnel, both without one; `refused` is answered by certhop itself.
 */
type Way = 'tls' | 'plain' | 'tunnel' | 'refused'

interface Asked extends Target {
  readonly groups: readonly string[]
}

interface Outcome {
  readonly way: Way
  readonly error: CerthopError | null
}

export const explain: Command = {
  name: 'explain',
  summary: 'which certificate wins for a target, and why',
  argument: ['target', 'host, host:port or URL; a host alone means https'],
  options: [...CONFIGURATION, GROUP, JSON_OUTPUT],
  examples: [
    ['certhop explain api.example.com', 'https, port 443'],
    [
      'certhop explain http://api.example.com/health',
      'goes out over TLS to port 443 when a certificate matches',
    ],
    [
      'certhop explain --group payments+orders api.example.com',
      'for a runner whose proxy is http://payments+orders@…',
    ],
    ['certhop explain --json api.example.com:8443', 'for machines'],
  ],
  async run(io, options, [argument = '']) {
    const target = parseTarget(argument)
    if (target === null) {
      complain(io, `${argument} ${NO_TARGET}`)
      return Status.invalid
    }
    const configuration = await readConfiguration(io, options)
    if (configuration === null) return Status.invalid
    const { settings, snapshot } = configuration
    const port = certificatePort(target)
    const groups = groupsOf(options.group ?? '')
    const now = Date.now()
    const explanation = snapshot.explain(target.host, port, groups, now)
    const outcome = outcomeOf(target, snapshot.select(target.host, port, groups, now), settings)
    const asked = { ...target, groups }
    if (options.json) printJson(io, asked, explanation, outcome)
    else print(io, asked, explanation, outcome)
    return Status.done
  },
}

/** Asks the proxy's own plan, so that the answer is what a request would get. */
function outcomeOf(target: Target, selection: Selection, settings: Settings): Outcome {
  try {
    const route = planRequest(target, selection, policyOf(settings))
    if (route.identity !== null) return { way: 'tls', error: null }
    return { way: route.tls ? 'tunnel' : 'plain', error: null }
  } catch (error) {
    if (error instanceof CerthopError) return { way: 'refused', error }
    throw error
  }
}

function printJson(io: Io, asked: Asked, explanation: Explanation, { way, error }: Outcome): void {
  const { scheme, host, port, groups } = asked
  const { certificate, rule, reason, usable, candidates } = explanation
  const shown = {
    target: { scheme, host, port, groups },
    certificate,
    rule,
    reason,
    usable,
    error: error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? '' },
    way,
    candidates,
  }
  io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
}

const WAYS: Record<Way, string> = {
  tls: 'over TLS with this certificate',
  plain: 'plain HTTP, without a certificate',
  tunnel: 'a tunnel that is not opened; without a certificate',
  refused: 'refused',
}

function print(io: Io, asked: Asked, explanation: Explanation, { way, error }: Outcome): void {
  const { certificate, reason, candidates } = explanation
  const lines = table([
    ['target', `${asked.scheme}://${formatAuthority(asked.host, asked.port)}`],
    ...(asked.groups.length === 0 ? [] : [['groups', asked.groups.join(', ')]]),
    ['certificate', certificate ?? 'none'],
    ['reason', reason],
    ['way', error === null ? WAYS[way] : `${WAYS[way]}: ${error.code}: ${error.message}`],
    ...(error?.hint === undefined ? [] : [['hint', error.hint]]),
  ])
  io.stdout.write(`${lines.join('\n')}\n`)
  if (candidates.length === 0) return
  const rows = table([
    ['', 'candidate', 'pattern', 'rule', 'added at', 'why'],
    ...candidates.map(each => [
      each.wins ? '*' : '',
      each.id,
      each.pattern,
      each.rule,
      each.addedAt ?? '',
      `${each.wins ? 'wins' : 'loses'}: ${each.why}`,
    ]),
  ])
  const styledRows = rows.map((row, index) =>
    candidates[index - 1]?.wins ? styled(io.stdout, 'bold', row) : row,
  )
  io.stdout.write(`\n${styledRows.join('\n')}\n`)
}
