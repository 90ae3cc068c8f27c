import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ROOT, RunningCommand, runCommand } from '../support/command.ts'

/** A process that logs on its stderr, and then does as `program` says. */
function logging(program: string): string[] {
  return [
    '--input-type=module-typescript',
    '--eval',
    `import { Events } from '${ROOT}src/observe/events.ts'
    import { startLogger } from '${ROOT}src/observe/logger.ts'
    import { emptyRecord, nextRequestId } from '${ROOT}src/proxy/record.ts'
    const events = new Events()
    const logger = startLogger(events, { level: 'info', access: true, query: false })
    const request = path => events.request({ ...emptyRecord(nextRequestId()), path })
    ${program}`,
  ]
}

function linesOf(stderr: string): Record<string, unknown>[] {
  return stderr.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
}

describe('no line is lost', () => {
  for (const [how, ending] of [
    ['throws', "throw new Error('crash')"],
    ['rejects', "Promise.reject(new Error('crash'))"],
    ['ends', 'process.exit(3)'],
    ['has no more to do', ''],
    ['closes the log', 'logger.close()'],
  ]) {
    test(`when the process ${how}`, async () => {
      const program = `request('/1'); events.notice('warn', 'between'); request('/2'); request('/3'); ${ending}`
      const { stderr } = await runCommand(process.execPath, logging(program))
      assert.deepEqual(
        linesOf(stderr).map(({ msg, path }) => path ?? msg),
        ['/1', 'between', '/2', '/3'],
      )
    })
  }

  test('when more comes than a slow reader takes', async () => {
    const program = `for (let i = 0; i < 20000; i += 1) request('/' + i)`
    const command = `"$0" "$@" 2>&1 >/dev/null | (head -c 1 >/dev/null; cat)`
    const { stdout } = await runCommand('sh', ['-c', command, process.execPath, ...logging(program)])
    const paths = linesOf(`{${stdout}`).map(({ path }) => path)
    assert.equal(paths.length, 20_000)
    assert.ok(paths.every((path, index) => path === `/${index}`))
  })
})

test('lines of requests wait for company, and not for long', async () => {
  const program = `request('/1'); setInterval(() => {}, 1000)`
  const command = new RunningCommand(process.execPath, logging(program))
  await command.errorLine(/"path":"\/1"/)
  await command.stop()
})

test('a reader of the log that goes away ends nothing', async () => {
  const program = `
    for (let i = 0; i < 2000; i += 1) request('/' + i)
    console.log('still here')`
  const { stdout } = await runCommand('sh', [
    '-c',
    `exec 3>&1; "$0" "$@" 2>&1 >&3 | head -c 1 >/dev/null`,
    process.execPath,
    ...logging(program),
  ])
  assert.equal(stdout, 'still here\n')
})
