import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../support/command.ts'

const PROGRAM = fileURLToPath(new URL('hand-over.ts', import.meta.url))

/** A network of its own, whose kernel gives to the others on a port what has connected to one that closes it. */
const NETWORK = 'ip link set lo up && echo 1 > /proc/sys/net/ipv4/tcp_migrate_req && exec "$@"'

for (const workers of ['1', '2']) {
  test(`a new process takes over the ports of the one before, and no request is lost, whichever of them has it: workers ${workers}`, async () => {
    const { status, stdout, stderr } = await runCommand('unshare', [
      ...['--net', 'sh', '-c', NETWORK, 'sh'],
      ...[process.execPath, PROGRAM, workers],
    ])
    assert.equal(status, 0, stderr)
    const { sent, lost } = JSON.parse(stdout)
    assert.deepEqual(lost, [])
    assert.ok(sent > 200)
  })
}
