import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { expressionsIn } from '../support/dashboard.ts'
import { exampleMetrics, readFamilies, readSamples } from '../support/metrics.ts'

const DOCS = new URL('../../docs/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, DOCS), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
}

const RULES: Rule[] = parse(read('monitoring/alerts.yml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
)

let text = ''
before(async () => {
  text = await exampleMetrics()
})

/** The names of the labels of a metric, but for the bounds of a histogram. */
function labelsOf(metric: string): string[] {
  const keys = [...readSamples(text).keys()]
  const key = keys.find(each => each === metric || each.startsWith(`${metric}{`)) ?? ''
  return [...key.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
}

/** What a query may name: each metric, the parts of histograms, and the labels that Prometheus adds. */
function known(): ReadonlySet<string> {
  const samples = [...readSamples(text).keys()].map(key => key.replace(/\{.*/, ''))
  const labels = [...text.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
  return new Set([...samples, ...labels, 'up', 'job', 'instance'])
}

/** Those names in a query that neither Prometheus nor Grafana knows by themselves. */
function namesIn(query: string): string[] {
  const bare = query.replaceAll(/"[^"]*"|\[[^\]]*\]|\$\w+/g, '')
  const functions =
    /^(?:by|on|or|and|sum|min|max|count|rate|increase|time|sort|bottomk|vector|histogram_quantile)$/
  return (bare.match(/\b[a-z_]\w*\b/gi) ?? []).filter(name => !functions.test(name))
}

describe('docs/monitoring.md', () => {
  test('lists every metric with its type, labels and meaning, and no other', () => {
    const rows = read('monitoring.md').matchAll(/^\| `(certhop_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$/gm)
    const documented = [...rows].map(([, name, type, labels = '', help]) => ({
      ...{ name, type, help, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) },
    }))
    const expected = readFamilies(text)
      .filter(({ name }) => name.startsWith('certhop_'))
      .map(family => ({ ...family, labels: labelsOf(family.name) }))
    assert.deepEqual(documented, expected)
  })

  test('lists every alert with its severity, and no other', () => {
    const rows = read('monitoring.md').matchAll(/^\| `(Certhop\w+)` \| (\w+) \|/gm)
    assert.deepEqual(
      [...rows].map(([, alert, severity]) => [alert, severity]),
      RULES.map(({ alert, labels }) => [alert, labels.severity]),
    )
  })
})

describe('what is asked of Prometheus exists', () => {
  test('by the alert rules', () => {
    const names = known()
    for (const { alert, expr } of RULES) {
      assert.deepEqual(
        namesIn(expr).filter(name => !names.has(name)),
        [],
        alert,
      )
    }
  })

  test('by the dashboard', () => {
    const names = known()
    const expressions = expressionsIn(read('monitoring/grafana.json'))
    assert.ok(expressions.length > 20)
    for (const expression of expressions) {
      assert.deepEqual(
        namesIn(expression).filter(name => !names.has(name)),
        [],
        expression,
      )
    }
  })
})

test('every metric of certhop is on the dashboard', () => {
  const used = new Set(expressionsIn(read('monitoring/grafana.json')).flatMap(namesIn))
  const missing = readFamilies(text)
    .map(({ name, type }) => (type === 'histogram' ? `${name}_bucket` : name))
    .filter(name => name.startsWith('certhop_') && !used.has(name))
  assert.deepEqual(missing, [])
})

test('the panels of the dashboard have ids and places of their own', () => {
  const { panels } = JSON.parse(read('monitoring/grafana.json'))
  const ids = panels.map(({ id }: { id: number }) => id)
  assert.equal(new Set(ids).size, ids.length)
  const taken = new Set<string>()
  for (const { title, gridPos } of panels) {
    const { x, y, w, h } = gridPos
    assert.ok(x + w <= 24, title)
    for (let column = x; column < x + w; column += 1) {
      for (let line = y; line < y + h; line += 1) {
        assert.ok(!taken.has(`${column},${line}`), `${title} lies over another panel`)
        taken.add(`${column},${line}`)
      }
    }
  }
})
