import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT, RunningCommand, shell } from '../support/command.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

/** Says what its terminal is, what it reads and what it is sent, until it reads `end`. */
const SCRIPT = `
  const tty = require('node:tty')
  let interrupts = 0
  process.on('SIGINT', () => console.log('interrupted', ++interrupts))
  process.on('SIGWINCH', () => {})
  process.stdin.setEncoding('utf8').on('data', text => {
    console.log('read', text.trim())
    if (text.trim() === 'end') process.exit(5)
  })
  console.log('terminals', [0, 1, 2].map(descriptor => tty.isatty(descriptor)).join())`

describe('a command under run in a terminal', () => {
  let folder: RegistryFolder
  before(async () => {
    folder = await RegistryFolder.create()
    await folder.write('registry.yaml', 'version: 1\ncertificates: []\n')
    await folder.write('certhop.yaml', 'version: 1\nstateDirectory: ./state\n')
    await folder.write('script.js', SCRIPT)
  })
  after(() => folder[Symbol.asyncDispose]())

  for (const [name, env] of [
    ['the Node on the PATH', shell()],
    ['the pinned Node first on the PATH', shell(dirname(process.execPath))],
  ] as const) {
    test(`has the terminal to itself, and gets a Ctrl-C once, with ${name}`, async () => {
      // `exec`, because some shells stay in between, and die of Ctrl-C whatever certhop ended with.
      const line = `exec node ${ROOT}bin/certhop.js run -- node script.js`
      const args = ['--quiet', '--return', '--command', line, '/dev/null']
      const terminal = new RunningCommand('script', args, {
        env: { ...env, NO_COLOR: '1' },
        folder: folder.path,
      })
      try {
        await terminal.line(/^terminals true,true,true\r?$/)
        terminal.type('hello\r')
        await terminal.line(/^read hello\r?$/)
        terminal.type('\x03')
        await terminal.line(/interrupted 1\r?$/)
        terminal.type('end\r')
        assert.equal(await terminal.exit(), 5)
        assert.doesNotMatch(terminal.stdout, /interrupted 2/)
        assert.match(
          terminal.stdout,
          /certhop: no request came through the proxy \(does node read HTTP_PROXY/,
        )
      } finally {
        await terminal.stop()
      }
    })
  }
})
