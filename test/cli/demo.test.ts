import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { ROOT, runCommand } from '../support/command.ts'
import { TestIo } from '../support/io.ts'
import { StateDirectory } from '../support/state-directory.ts'

/** Runs the demo, with a state directory of its own, until it has shown everything. */
async function startDemo(...args: string[]) {
  const io = new TestIo('/')
  const state = await StateDirectory.create()
  const status = main(['demo', '--state-dir', state.path, ...args], io)
  while (!io.stdout.text.includes('Ctrl-C')) await once(io.stdout, 'text')
  const stop = async () => {
    io.signals.emit('SIGINT', 'SIGINT')
    await using _ = state
    return await status
  }
  return { io, state, stop }
}

describe('demo', () => {
  test('is refused without a certificate, accepted through certhop, and says how to try it', async () => {
    const { io, state, stop } = await startDemo('--listen', '127.0.0.1:0')
    const [, proxy = ''] = /certhop at (http:\/\/127\.0\.0\.1:\d+)\./.exec(io.stdout.text) ?? []
    assert.match(io.stdout.text, /without a certificate:\n.*\n {2}refused: .*certificate required\n/)
    assert.match(io.stdout.text, /Through certhop:\n.*\n {2}200 \{"client":"checks","method":"GET"/)
    assert.equal(io.stderr.text, '')

    const lines = io.stdout.text.split('\n').filter(line => line.startsWith('  curl '))
    assert.deepEqual(lines, [
      `  curl -x ${proxy} http://api.example.test/hello`,
      `  curl -x ${proxy} http://payments.example.test/hello`,
      `  curl -x ${proxy} --cacert '${state.file('ca.pem')}' https://api.example.test/hello`,
    ])
    for (const [line, client] of [
      [lines[0], 'checks'],
      [lines[1], 'payments'],
      [lines[2], 'checks'],
    ] as const) {
      const { stdout, stderr } = await runCommand('sh', ['-c', `${line} --silent --show-error`])
      assert.equal(JSON.parse(stdout || stderr).client, client)
    }
    assert.equal(await stop(), 0)
  })

  test('takes a free port when its own is taken, and says so', async () => {
    const other = createServer().listen(8128, '127.0.0.1')
    // Whoever has the port already serves the purpose as well.
    await once(other, 'listening').catch(() => {})
    const { io, stop } = await startDemo()
    assert.match(io.stdout.text, /^Port 8128 is taken, so this demo uses a free one\.\n/)
    assert.equal(await stop(), 0)
    other.close()
  })

  test('shows a link to the admin page, on a free port when its own is taken', async () => {
    const other = createServer().listen(8129, '127.0.0.1')
    await once(other, 'listening').catch(() => {})
    const { io, stop } = await startDemo('--listen', '127.0.0.1:0')
    assert.match(io.stdout.text, /^Port 8129 is taken, so this demo uses a free one\.\n/)
    const [link = ''] = /http:\/\/127\.0\.0\.1:\d+\/session\/\S+/.exec(io.stdout.text) ?? []
    assert.equal((await fetch(link, { redirect: 'manual' })).status, 303)
    assert.equal(await stop(), 0)
    other.close()
  })

  test('a port that was asked for and is taken is an error', async () => {
    const { io, state, stop } = await startDemo('--listen', '127.0.0.1:0')
    const [, address = ''] = /certhop at http:\/\/(127\.0\.0\.1:\d+)\./.exec(io.stdout.text) ?? []
    const second = new TestIo(ROOT)
    assert.equal(await main(['demo', '--listen', address, '--state-dir', state.path], second), 1)
    assert.match(second.stderr.text, /is taken; choose another with --listen/)
    await stop()
  })
})
