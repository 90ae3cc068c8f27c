import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { ROOT } from '../support/command.ts'
import { TestIo } from '../support/io.ts'

const COMMANDS = [
  'serve',
  'run',
  'env',
  'check',
  'explain',
  'list',
  'add',
  'remove',
  'doctor',
  'ca',
  'secrets',
  'demo',
]

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const io = new TestIo('/nowhere')
  const status = await main(args, io)
  return { status, stdout: io.stdout.text, stderr: io.stderr.text }
}

describe('usage', () => {
  test('--help lists every command on stdout', async () => {
    const { status, stdout, stderr } = await run('--help')
    assert.equal(status, 0)
    assert.equal(stderr, '')
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  })

  for (const command of COMMANDS) {
    test(`${command} --help has examples to paste`, async () => {
      const { status, stdout } = await run(command, '--help')
      assert.equal(status, 0)
      assert.match(stdout, new RegExp(`Examples:\\n  # .*\\n  .*certhop ${command}`))
    })

    test(`${command} refuses an unknown option with status 2`, async () => {
      const { status, stdout, stderr } = await run(command, '--nonsense')
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, /^certhop: unknown option '--nonsense'/)
    })
  }

  test('no command at all prints the help on stderr and is wrong usage', async () => {
    const { status, stdout, stderr } = await run()
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /^Usage: certhop <command>/)
  })

  test('a misspelt option names the nearest known one', async () => {
    assert.match((await run('serve', '--lisen', '127.0.0.1:0')).stderr, /Did you mean --listen\?/)
    assert.match((await run('check', '--regsitry', 'x')).stderr, /Did you mean --registry\?/)
  })

  test('a misspelt command names the nearest known one', async () => {
    const { status, stderr } = await run('chekc')
    assert.equal(status, 2)
    assert.match(stderr, /unknown command 'chekc'\n\(Did you mean check\?\)/)
  })

  test('an option without its value, a missing argument and one too many are wrong usage', async () => {
    assert.equal((await run('check', '--config')).status, 2)
    assert.equal((await run('explain')).status, 2)
    assert.equal((await run('check', 'registry.yaml')).status, 2)
  })

  for (const listen of [
    '8128',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:8128',
    '127.0.0.1:',
    'http://127.0.0.1:8128',
  ]) {
    test(`--listen ${listen} is refused with the form to write instead`, async () => {
      const { status, stderr } = await run('serve', '--listen', listen)
      assert.equal(status, 2)
      assert.match(stderr, /must be HOST:PORT, such as 127\.0\.0\.1:8128/)
    })
  }

  test('--listen refuses what other machines could reach', async () => {
    for (const listen of ['0.0.0.0:8128', '[::]:8128', '192.0.2.1:8128']) {
      for (const command of [
        ['serve', '--registry', 'x'],
        ['env'],
        ['demo'],
        ['run', '--registry', 'x', 'true'],
      ]) {
        const [name = '', ...rest] = command
        const { status, stdout, stderr } = await run(name, '--listen', listen, ...rest)
        assert.deepEqual([status, stdout], [2, ''])
        assert.match(stderr, /--listen \S+ must be a loopback address, unless `allowRemote` is true/)
      }
    }
  })

  test('--log-level names the levels there are', async () => {
    const { status, stderr } = await run('serve', '--log-level', 'loud')
    assert.equal(status, 2)
    assert.match(stderr, /Allowed choices are trace, debug, info/)
  })

  test('--version prints the version of the package', async () => {
    const { status, stdout } = await run('--version')
    assert.equal(status, 0)
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
  })

  test('more output than a pipe holds is whole, however late it is read', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'certhop-usage-'))
    t.after(() => rm(folder, { recursive: true }))
    const entry = (number: number) => ({ id: `e${number}`, host: `h${number}.test`, cert: 'c', key: 'k' })
    const certificates = Array.from({ length: 500 }, (_, number) => entry(number))
    const registry = join(folder, 'registry.yaml')
    await writeFile(registry, JSON.stringify({ version: 1, certificates }))
    const list = [`${ROOT}bin/certhop.js`, 'list', '--json', '--registry', registry]
    const child = spawn(process.execPath, list, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    await once(child.stdout, 'readable')
    const listed = JSON.parse(await text(child.stdout)).certificates
    assert.deepEqual([listed.length, await exited], [500, [0, null]])
  })

  for (const command of ['serve', 'check', 'list']) {
    test(`${command} without any configuration says where it looked and what to do`, async () => {
      const { status, stderr } = await run(command)
      assert.equal(status, 2)
      assert.match(stderr, /neither \.\/certhop\.yaml nor \.\/config\/certhop\.yaml .*--config .*--registry/)
    })
  }
})
