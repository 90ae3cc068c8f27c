import { groupsOf } from '../core/groups.ts'
import { formatAuthority } from '../core/host.ts'
import { policyOf } from '../data-plane.ts'
import { type ExplainedTarget, type ExplainedWay, explainTarget } from '../diagnosis/explained-target.ts'
import { NO_TARGET, parseTarget } from '../diagnosis/target.ts'
import { type Command, Status } from './command.ts'
import { readConfiguration } from './configuration.ts'
import { complain, type Io, styled, table } from './io.ts'
import { CONFIGURATION, GROUP, JSON_OUTPUT } from './options.ts'

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
    const explained = explainTarget(target, groupsOf(options.group ?? ''), snapshot, policyOf(settings))
    if (options.json) io.stdout.write(`${JSON.stringify(explained, null, 2)}\n`)
    else print(io, explained)
    return Status.done
  },
}

const WAYS: Record<ExplainedWay, string> = {
  tls: 'over TLS with this certificate',
  plain: 'plain HTTP, without a certificate',
  tunnel: 'a tunnel that is not opened; without a certificate',
  refused: 'refused',
}

function print(io: Io, explained: ExplainedTarget): void {
  const { target, certificate, reason, way, error, candidates } = explained
  const lines = table([
    ['target', `${target.scheme}://${formatAuthority(target.host, target.port)}`],
    ...(target.groups.length === 0 ? [] : [['groups', target.groups.join(', ')]]),
    ['certificate', certificate ?? 'none'],
    ['reason', reason],
    ['way', error === null ? WAYS[way] : `${WAYS[way]}: ${error.code}: ${error.message}`],
    ...(error === null || error.hint === '' ? [] : [['hint', error.hint]]),
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
