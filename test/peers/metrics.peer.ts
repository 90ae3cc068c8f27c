import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ROOT, runCommand } from '../support/command.ts'
import { expressionsIn } from '../support/dashboard.ts'
import { exampleMetrics, scrape } from '../support/metrics.ts'
import { startPath } from '../support/path.ts'

async function accepts(promtool: string[], input: string): Promise<void> {
  const { status, stdout, stderr } = await runCommand('sh', [
    '-c',
    `promtool ${promtool.join(' ')} <"$0"`,
    input,
  ])
  assert.equal(status, 0, stdout + stderr)
}

async function fileWith(t: TestContext, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-metrics-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'file')
  await writeFile(file, content)
  return file
}

test('promtool finds nothing wrong with the metrics of a proxy in use', async t => {
  const { proxy, server, url, send } = await startPath(t, 'with a certificate', {
    admin: { host: '127.0.0.1', port: 0 },
  })
  const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  const peer = await server.accept()
  await peer.head()
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  await runner.response()
  await accepts(['check', 'metrics'], await fileWith(t, await scrape(proxy)))
  await accepts(['check', 'metrics'], await fileWith(t, await exampleMetrics()))
})

test('promtool accepts the alert rules, and they fire when they should', async () => {
  await accepts(['check', 'rules', `${ROOT}docs/monitoring/alerts.yml`], '/dev/null')
  await accepts(['test', 'rules', `${ROOT}test/peers/alerts.yml`], '/dev/null')
})

test('promtool accepts the queries of the dashboard', async t => {
  const expressions = expressionsIn(await readFile(`${ROOT}docs/monitoring/grafana.json`, 'utf8'))
  const rules = expressions.map((expression, index) => ({
    record: `panel_${index}`,
    expr: expression.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
  }))
  // JSON is YAML.
  const file = await fileWith(t, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
  await accepts(['check', 'rules', file], '/dev/null')
})
