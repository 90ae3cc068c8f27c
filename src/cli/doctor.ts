import { Deadlines } from '../core/deadlines.ts'
import { groupsOf } from '../core/groups.ts'
import { dialOptions, policyOf } from '../data-plane.ts'
import { type Diagnosis, diagnose } from '../diagnosis/diagnose.ts'
import { STEPS, type Step, type StepName } from '../diagnosis/step.ts'
import { NO_TARGET, parseTarget } from '../diagnosis/target.ts'
import type { Target } from '../http1/target.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Settings } from '../settings/settings.ts'
import { type Command, Status } from './command.ts'
import { readConfiguration } from './configuration.ts'
import { complain, type Io, styled } from './io.ts'
import { CONFIGURATION, GROUP, JSON_OUTPUT } from './options.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'walk the way of a request step by step, and say what is wrong and what to do',
  argument: ['url', 'host, host:port or URL; a host alone means https'],
  options: [...CONFIGURATION, GROUP, JSON_OUTPUT],
  examples: [
    ['certhop doctor https://api.example.com/health', 'exit status 0 only when a request succeeds'],
    ['certhop doctor --registry new.yaml api.example.com:8443', 'before a registry is put in place'],
    ['certhop doctor --json api.example.com | jq -r .verdict', 'for machines'],
  ],
  async run(io, options, [argument = '']) {
    const target = parseTarget(argument)
    if (target === null) {
      complain(io, `${argument} ${NO_TARGET}`)
      return Status.invalid
    }
    const configuration = await readConfiguration(io, options)
    if (configuration === null) return Status.invalid
    const report = options.json ? () => {} : (step: Step) => io.stdout.write(formatStep(io, step))
    const groups = groupsOf(options.group ?? '')
    const diagnosis = await examine(withEscapedPath(target), configuration, groups, report)
    if (options.json) printJson(io, target, diagnosis)
    else io.stdout.write(`\n${styled(io.stdout, 'bold', diagnosis.verdict)}\n`)
    return diagnosis.ok ? Status.done : Status.failed
  },
}

/** As browsers send what people write (RFC 3986 section 2.1). */
function withEscapedPath(target: Target): Target {
  return { ...target, path: target.path.replace(/[^\x21-\x7e]+/g, encodeURIComponent) }
}

async function examine(
  target: Target,
  { settings, snapshot }: { settings: Settings; snapshot: Snapshot },
  groups: readonly string[],
  report: (step: Step) => void,
): Promise<Diagnosis> {
  const { listen, limits, upstream } = settings
  const deadlines = new Deadlines()
  const dialling = dialOptions(settings, deadlines)
  // For the proxy that has these settings, it would be a loop.
  dialling.addresses.addOwn(listen.host, listen.port)
  const policy = policyOf(settings)
  const { responseTimeout } = upstream
  try {
    return await diagnose(target, { snapshot, policy, groups, dialling, limits, responseTimeout, report })
  } finally {
    deadlines.close()
  }
}

const LABELS: Record<StepName, string> = {
  entry: 'entry',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  'certificate-request': 'certificate request',
  'certificate-acceptance': 'certificate accepted',
  response: 'response',
}

const LABEL_WIDTH = Math.max(...STEPS.map(name => LABELS[name].length))
const TIME_WIDTH = '10000 ms'.length

/** Its lines, one below the other, with what to do about it behind them. */
function formatStep(io: Io, { name, ok, ms, lines, code, hint }: Step): string {
  const mark =
    ok === null
      ? styled(io.stdout, 'dim', '–')
      : ok
        ? styled(io.stdout, 'green', '✓')
        : styled(io.stdout, 'red', '✗')
  const time = ms === null ? '' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
  const [first = '', ...more] = code === null ? lines : [code, ...lines]
  const head = `${mark} ${LABELS[name].padEnd(LABEL_WIDTH)}  ${time.padStart(TIME_WIDTH)}  ${first}`.trimEnd()
  const indent = ' '.repeat(LABEL_WIDTH + TIME_WIDTH + 6)
  const below = [...more, ...(hint === '' ? [] : [`→ ${hint}`])]
  return `${[head, ...below.map(line => indent + line)].join('\n')}\n`
}

function printJson(io: Io, { scheme, host, port }: Target, { ok, steps, verdict }: Diagnosis): void {
  const shown = {
    target: { scheme, host, port, groups: [] },
    ok,
    steps: steps.map(({ name, ok, ms, lines, code, hint }) => ({
      name,
      ok,
      ms: ms === null ? null : Math.round(ms * 1000) / 1000,
      detail: lines.join('; '),
      code,
      hint,
    })),
    verdict,
  }
  io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
}
