import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chart } from '../../bench/report/chart.ts'
import { document } from '../../bench/report/document.ts'
import { scenarioTable } from '../../bench/report/markdown.ts'
import { type Figures, formatQuantity } from '../../bench/report/quantity.ts'
import { merged, regressions } from '../../bench/report/recorded.ts'
import { reportScenario, type ScenarioReport } from '../../bench/report/report.ts'
import type { Scenario } from '../../bench/scenario.ts'

const SCENARIO: Scenario = {
  name: 'some-load',
  description: 'answers of some kind',
  quantities: ['cpu', 'p50', 'peak', 'busy'],
  baselines: ['nginx', 'squid'],
  comparison: 'ratio',
  contenders: [],
  absent: [{ name: 'haproxy', reason: 'opens no tunnels' }],
  quick: false,
}

const RUN = {
  date: '2026-11-24T12:00:00.000Z',
  machine: 'a machine',
  effort: { rounds: 3, seconds: 10, warmUpSeconds: 10 },
  versions: { node: '26.0.0' },
}

function outcome(name: string, rounds: readonly Figures[], failure: string | null = null) {
  return { name, program: name.split(',')[0] ?? name, version: '1.0', rounds, failure }
}

function cpu(...values: number[]): Figures[] {
  return values.map((value, round) => ({ cpu: value, p50: 0.5, peak: 60 + round, busy: 0.9 }))
}

function report(...outcomes: ReturnType<typeof outcome>[]): ScenarioReport {
  return reportScenario(SCENARIO, outcomes, RUN)
}

describe('the report of a scenario', () => {
  test('has the medians of the rounds, the highest peak, and ratios to the baselines that took part', () => {
    const [certhop, nginx] = report(outcome('certhop', cpu(30, 21, 20)), outcome('nginx', cpu(14, 13, 15)))
      .contenders as [ScenarioReport['contenders'][0], ScenarioReport['contenders'][0]]
    assert.deepEqual(certhop.overall, { cpu: 21, p50: 0.5, peak: 62, busy: 0.9 })
    assert.deepEqual(certhop.ratios, { nginx: 1.5 })
    assert.equal(certhop.spread, 9 / 21)
    assert.deepEqual(nginx.ratios, { nginx: 1 })
  })

  test('has no numbers of who gave a wrong answer, and no ratios to it', () => {
    const { contenders } = report(
      outcome('certhop', cpu(20)),
      outcome('nginx', cpu(1), '1 wrong answers'),
      outcome('squid', cpu(40)),
    )
    assert.deepEqual(
      contenders.map(({ overall, ratios }) => [overall?.cpu, ratios]),
      [
        [20, { squid: 0.5 }],
        [undefined, {}],
        [40, { squid: 1 }],
      ],
    )
  })

  test('leaves out a round in which no answer was due, and knows who is too slow for any', () => {
    const slow = report(outcome('certhop', [{}, ...cpu(20)]), outcome('nginx', [{}]))
    assert.deepEqual(
      slow.contenders.map(({ overall, ratios }) => [overall?.cpu, ratios]),
      [
        [20, {}],
        [undefined, {}],
      ],
    )
    assert.match(scenarioTable(slow, []), /nginx +\| +too slow \|/)
  })

  test('is a table that says who is missing, and why', () => {
    const table = scenarioTable(
      report(outcome('certhop', cpu(20)), outcome('nginx', cpu(1), 'it crashed'), outcome('squid', cpu(40))),
      [],
    )
    assert.deepEqual(table.split('\n'), [
      '|         | CPU µs a request | × nginx | × squid | spread | p50 ms | peak MiB | core used |',
      '| ------- | ---------------: | ------: | ------: | -----: | -----: | -------: | --------: |',
      '| certhop |             20.0 |         |    0.50 |   ±0 % |  0.500 |       60 |      90 % |',
      '| nginx   |           failed |         |         |        |        |          |           |',
      '| squid   |             40.0 |         |    1.00 |   ±0 % |  0.500 |       60 |      90 % |',
      '| haproxy | opens no tunnels |         |         |        |        |          |           |',
      '',
      'nginx failed: it crashed',
      '',
    ])
  })

  test('shows differences where the scenario compares by them', () => {
    const { comparison: _, ...others } = SCENARIO
    const scenario = {
      ...others,
      comparison: 'difference',
      quantities: ['p50'],
      baselines: ['direct'],
    } as const
    const outcomes = [outcome('direct', [{ p50: 0.3 }]), outcome('certhop', [{ p50: 0.42 }])]
    assert.match(
      scenarioTable(reportScenario(scenario, outcomes, RUN), []),
      /− direct[\s\S]*certhop \| +0\.420 \| +0\.120 \|/,
    )
  })
})

describe('recorded results', () => {
  const recorded = [report(outcome('certhop', cpu(15)), outcome('nginx', cpu(10)))]
  const now = (value: number) => [report(outcome('certhop', cpu(value)), outcome('nginx', cpu(10)))]

  test('are worse only from a fifth on, and only those of certhop', () => {
    assert.deepEqual(regressions(recorded, now(17.9)), [])
    assert.deepEqual(regressions(recorded, now(18.1)), [
      { scenario: 'some-load', contender: 'certhop', baseline: 'nginx', now: 1.81, recorded: 1.5 },
    ])
    const slow = [report(outcome('certhop', cpu(15)), outcome('nginx', cpu(10)), outcome('squid', cpu(900)))]
    assert.deepEqual(regressions(recorded, slow), [])
  })

  test('say nothing of what was not recorded', () => {
    assert.deepEqual(regressions([], now(99)), [])
  })

  test('stand beside those of a run', () => {
    assert.match(
      scenarioTable(now(17)[0] as ScenarioReport, recorded),
      /× nginx \| recorded [\s\S]*certhop \| +17\.0 \| +1\.70 \| +1\.50 \|/,
    )
  })

  test('are replaced by scenario, and keep no rounds', () => {
    const other = { ...(recorded[0] as ScenarioReport), name: 'other' }
    const result = merged([...recorded, other], now(12), ['other', 'some-load'])
    assert.deepEqual(
      result.map(({ name, contenders }) => [name, contenders[0]?.overall?.cpu, contenders[0]?.rounds]),
      [
        ['other', 15, []],
        ['some-load', 12, []],
      ],
    )
  })
})

describe('the document', () => {
  const reports = [
    report(outcome('certhop', cpu(20)), outcome('nginx', cpu(10)), outcome('mitmproxy', cpu(1200))),
  ]

  test('begins with a line a scenario, which leads to its section', () => {
    const text = document(reports)
    assert.match(
      text,
      /\[some-load\]\(#some-load-answers-of-some-kind\) +\| +20\.0 CPU µs a request +\| +2\.00 × nginx/,
    )
    assert.match(text, /^## some-load: answers of some kind$/m)
    assert.match(text, /3 interleaved rounds of 10 s, 2026-11-24, a machine; node 26\.0\.0, certhop 1\.0/)
  })

  test('has pictures in which a bar that would dwarf the others is cut', () => {
    const picture = chart(reports[0] as ScenarioReport)
    const widths = Array.from(picture.matchAll(/class="bar[^"]*".*? width="([\d.]+)"/g), match =>
      Number(match[1]),
    )
    assert.deepEqual(
      widths.map(width => width / (widths[1] ?? 0)),
      [2, 1, 8],
    )
    assert.equal(picture.match(/class="cut"/g)?.length, 2)
    assert.match(picture, />1200\.0</)
  })
})

test('milliseconds have three digits, however small', () => {
  assert.deepEqual(
    [0.0421, 0.5, 1, 12.34, 285.38, 10_234].map(value => formatQuantity('p50', value)),
    ['0.042', '0.500', '1.00', '12.3', '285', '10200'],
  )
})
