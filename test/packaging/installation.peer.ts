import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Outcome, ROOT, RunningCommand, runCommand, shell } from '../support/command.ts'

const PINNED = dirname(process.execPath)

function succeeded({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, stdout + stderr)
  return stdout
}

/** Runs `line` in a terminal of its own, as a person would, until the demo has shown everything; then presses Ctrl-C. */
async function assertDemoWorks(line: string, env: NodeJS.ProcessEnv, folder: string): Promise<string> {
  // `exec`, because some shells stay in between, and die of Ctrl-C whatever certhop ended with.
  const args = ['--quiet', '--return', '--command', `exec ${line}`, '/dev/null']
  const terminal = new RunningCommand('script', args, { env: { ...env, NO_COLOR: '1' }, folder })
  try {
    await terminal.line(/Ctrl-C ends the demo/)
    terminal.type('\x03')
    // The shell that npm runs its scripts with is one of them.
    const status = line.startsWith('npm') ? [0, 130] : [0]
    assert(status.includes((await terminal.exit()) ?? -1), terminal.stdout)
    assert.match(terminal.stdout, /refused: .*certificate required/)
    assert.match(terminal.stdout, /200 \{"client":"checks"/)
    assert.match(terminal.stdout, /curl -x http:\/\/127\.0\.0\.1:\d+ http:\/\/api\.example\.test\/hello/)
    const [, proxy = ''] = /certhop at (http:\S+)\./.exec(terminal.stdout) ?? []
    await assert.rejects(fetch(proxy), 'nothing is left running')
    return terminal.stdout
  } finally {
    await terminal.stop()
  }
}

describe('a fresh clone', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-clone-'))
    succeeded(await runCommand('git', ['clone', '--quiet', ROOT, folder]))
  })
  after(() => rm(folder, { recursive: true }))

  test('runs the demo with `npm start` as its first command, whatever Node is on the PATH', async () => {
    await assertDemoWorks('npm start', shell(), folder)
  })

  test('has built the page of the admin plane by then', async () => {
    assert((await readdir(join(folder, 'dist-web'))).includes('index.html'))
  })

  test('starts at once and without a network the second time', async () => {
    const env = { ...shell(), npm_config_registry: 'http://127.0.0.1:9/' }
    assert.doesNotMatch(await assertDemoWorks('npm start', env, folder), /Installing/)
  })
})

describe('the published package', () => {
  let folder: string
  let certhop: string
  const published = (path: string) => join(folder, 'lib/node_modules/certhop', path)
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-package-'))
    const pack = ['pack', '--silent', '--pack-destination', folder]
    succeeded(await runCommand('npm', pack, { env: shell(PINNED), folder: ROOT }))
    const [tarball = ''] = await readdir(folder)
    const install = ['install', '--global', '--prefix', folder, '--loglevel=error', join(folder, tarball)]
    succeeded(await runCommand('npm', install, { env: shell(), folder }))
    certhop = join(folder, 'bin', 'certhop')
  })
  after(() => rm(folder, { recursive: true }))

  test('holds the page of the admin plane', async () => {
    assert((await readdir(published('dist-web'))).includes('index.html'))
  })

  test('brings no package but Node', async () => {
    const packages = await readdir(published('node_modules'))
    assert.deepEqual(
      packages.filter(name => !name.startsWith('.') && !/^node(?:-bin-setup)?$/.test(name)),
      [],
    )
  })

  test('brings the licence of every package that it is made of', async () => {
    const files = (await readdir(published('dist'))).filter(file => file.endsWith('.cjs'))
    const programs = await Promise.all(files.map(file => readFile(published(`dist/${file}`), 'utf8')))
    const origins = programs.join('\n').matchAll(/^\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)/gm)
    const names = new Set([...origins].map(([, name]) => name))
    for (const name of ['yaml', 'zod', '@peculiar/x509', 'node-forge']) assert(names.has(name), name)
    const licences = await readFile(published('dist/LICENSES.txt'), 'utf8')
    for (const name of names) assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'))
  })

  test('keeps names, and says of every module where it comes from, so that a stack trace can be read', async () => {
    const main = await readFile(published('dist/main.cjs'), 'utf8')
    assert.match(main, /^\/\/ src\/cli\/main\.ts\n(?:async )?function \w+\(/m)
  })

  test('reads a large registry in its own thread', async () => {
    const entry = (number: number) => ({
      id: `e${number}`,
      host: `h${number}.example`,
      cert: 'c.pem',
      key: 'k.pem',
    })
    const certificates = Array.from({ length: 500 }, (_, number) => entry(number))
    const registry = join(folder, 'large.yaml')
    await writeFile(registry, JSON.stringify({ version: 1, certificates }))
    const args = ['list', '--json', '--registry', registry]
    const { stdout, stderr } = await runCommand(certhop, args, { env: shell(PINNED), folder })
    assert.equal(JSON.parse(stdout || '{}').certificates?.length, 500, stderr)
  })

  for (const [name, env] of [
    ['the Node on the PATH', shell()],
    ['the pinned Node first on the PATH', shell(PINNED)],
  ] as const) {
    test(`answers, checks, runs a command and the demo with ${name}`, async () => {
      assert.match(succeeded(await runCommand(certhop, ['--version'], { env, folder })), /^\d+\.\d+\.\d+\n$/)
      const config = published('config/certhop.yaml')
      const json = succeeded(
        await runCommand(certhop, ['list', '--json', '--config', config], { env, folder }),
      )
      assert.deepEqual(
        JSON.parse(json).certificates.map(({ id, usable }: { id: string; usable: boolean }) => [id, usable]),
        [
          ['checks', true],
          ['payments', true],
        ],
      )
      const run = ['run', '--quiet', '--config', config, '--state-dir', join(folder, 'state')]
      assert.equal(
        succeeded(await runCommand(certhop, [...run, '--', 'echo', 'ran'], { env, folder })),
        'ran\n',
      )
      await assertDemoWorks(`${certhop} demo`, env, folder)
    })
  }
})
