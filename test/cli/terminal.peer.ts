import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { ROOT, RunningCommand } from '../support/command.ts'
import { RegistryCommands } from '../support/registry-commands.ts'

let client: Certificate
before(async () => {
  client = await (await createAuthority({ name: 'Root' })).client({ name: 'client' })
})

/** `certhop ARGS` on a real terminal, which util-linux's `script` makes; what shows on it is its stdout. */
function onTerminal(folder: string, ...args: string[]): RunningCommand {
  const command = [process.execPath, `${ROOT}bin/certhop.js`, ...args].map(word => `'${word}'`).join(' ')
  return new RunningCommand('script', ['--quiet', '--return', '--command', command, '/dev/null'], { folder })
}

async function typeAt(command: RunningCommand, prompt: RegExp, text: string): Promise<void> {
  while (!prompt.test(command.stdout)) await setTimeout(10)
  command.type(text)
}

test('a passphrase typed on a terminal shows nowhere', async t => {
  const { folder } = await RegistryCommands.create(client)
  t.after(() => folder[Symbol.asyncDispose]())
  const add = [
    'add',
    '--host',
    'a.test',
    '--cert',
    'client.crt',
    '--key',
    'locked.key',
    '--registry',
    'r.yaml',
  ]
  const command = onTerminal(folder.path, ...add)
  t.after(() => command.stop())
  await typeAt(command, /Passphrase of locked\.key: $/, 'sesame\r')
  assert.equal(await command.exit(), 0, command.stdout)
  assert.doesNotMatch(command.stdout, /sesame/)
  assert.match(command.stdout, /a\.test\r\n$/)
  assert.equal(await folder.read('certs/a.test/passphrase'), 'sesame\n')
})

test('a removal is confirmed on a terminal', async t => {
  const commands = await RegistryCommands.create(client)
  const { folder } = commands
  t.after(() => folder[Symbol.asyncDispose]())
  await commands.add('a.test', 'client.key')
  const command = onTerminal(folder.path, 'remove', 'a.test', '--registry', 'registry.yaml')
  t.after(() => command.stop())
  await typeAt(command, /\[y\/N\] /, 'y\r')
  assert.equal(await command.exit(), 0, command.stdout)
  assert.doesNotMatch(await commands.text(), /a\.test/)
})
