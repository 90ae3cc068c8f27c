import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT, RunningCommand, runCommand, shell } from '../support/command.ts'

interface Instruction {
  name: string
  value: string
}

/** The stages of the Dockerfile, each from its FROM on. */
async function readStages(): Promise<Instruction[][]> {
  const text = await readFile(`${ROOT}Dockerfile`, 'utf8')
  const stages: Instruction[][] = []
  for (const line of text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')) {
    const [, name = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (name === 'FROM') stages.push([])
    if (name !== '') stages.at(-1)?.push({ name, value })
  }
  return stages
}

function valueIn(stage: Instruction[], name: string): string {
  return stage.findLast(instruction => instruction.name === name)?.value ?? ''
}

/** Carries out what a container engine would, in plain folders, with the pinned Node in the place of the image's. */
async function build(stage: Instruction[], folder: string, others: Record<string, string>): Promise<void> {
  await mkdir(folder)
  for (const { name, value } of stage) {
    if (name === 'COPY') await copy(value, folder, others)
    if (name === 'RUN') {
      const { status, stdout, stderr } = await runCommand('sh', ['-c', value], { env: ENVIRONMENT, folder })
      assert.equal(status, 0, stdout + stderr)
    }
  }
}

async function copy(value: string, folder: string, others: Record<string, string>): Promise<void> {
  const words = value.split(' ')
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined
  if (words[0]?.startsWith('--chown=')) words.shift()
  const destination = words.pop() ?? ''
  for (const source of words) {
    const name = source.replace(/^\/certhop\//, '')
    const path = join(from === undefined ? ROOT : (others[from] ?? ''), name)
    await cp(path, join(folder, destination === './' ? name : destination), { recursive: true })
  }
}

const ENVIRONMENT = shell(dirname(process.execPath))

describe('the container image', () => {
  let folder: string
  let stages: Instruction[][]
  const image = () => join(folder, 'image')

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-image-'))
    stages = await readStages()
    const [first = [], second = []] = stages
    await build(first, join(folder, 'build'), {})
    await build(second, image(), { build: join(folder, 'build') })
  })
  after(() => rm(folder, { recursive: true }))

  test('copies only what .dockerignore lets into the build', async () => {
    const ignore = (await readFile(`${ROOT}.dockerignore`, 'utf8')).split('\n')
    const copied = stages.flat().filter(({ name, value }) => name === 'COPY' && !value.startsWith('--from='))
    for (const source of copied.flatMap(({ value }) => value.split(' ').slice(0, -1))) {
      assert(ignore.includes(`!${source}`), source)
    }
  })

  test('holds no packages, and so no second Node and no development tools', async () => {
    const files = await readdir(image(), { recursive: true })
    assert(files.includes('dist/main.cjs'), files.join('\n'))
    assert.deepEqual(
      files.filter(file => file.includes('node_modules')),
      [],
    )
  })

  test('holds the page of the admin plane', async () => {
    assert((await readdir(join(image(), 'dist-web'))).includes('index.html'))
  })

  test('does not run as root', () => {
    assert.equal(valueIn(stages.at(-1) ?? [], 'USER'), 'node')
  })

  test('serves, is healthy, stops on its signal and writes nothing into its folder', async () => {
    const stage = stages.at(-1) ?? []
    await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: []\n')
    await writeFile(join(folder, 'certhop.yaml'), 'version: 1\nlisten: {port: 0}\n')
    const files = await readdir(image(), { recursive: true })
    const [command = '', ...entry] = JSON.parse(valueIn(stage, 'ENTRYPOINT'))
    const args = JSON.parse(valueIn(stage, 'CMD').replace('/etc/certhop', folder))
    assert.match(valueIn(stage, 'ENV'), new RegExp(`XDG_STATE_HOME=${valueIn(stage, 'VOLUME')}$`))
    const variables = valueIn(stage, 'ENV')
      .split(' ')
      .map(variable => variable.split('='))
    const env = {
      ...ENVIRONMENT,
      ...Object.fromEntries(variables),
      XDG_STATE_HOME: join(folder, 'volume'),
    }
    const certhop = new RunningCommand(command, [...entry, ...args], { env, folder: image() })
    try {
      const { proxy, authority } = JSON.parse(await certhop.line(/"ready"/))
      assert.equal(authority, join(folder, 'volume/certhop/ca.pem'))
      const check = valueIn(stage, 'HEALTHCHECK')
        .replace(/^.*?CMD /, '')
        .replace('http://127.0.0.1:8128', proxy)
      const [node = '', ...script] = JSON.parse(check)
      assert.equal((await runCommand(node, script, { env: ENVIRONMENT })).status, 0)
      certhop.signal(valueIn(stage, 'STOPSIGNAL') as NodeJS.Signals)
      assert.equal(await certhop.exit(), 0, certhop.stderr)
      assert.equal((await runCommand(node, script, { env: ENVIRONMENT })).status, 1)
    } finally {
      await certhop.stop()
    }
    assert.deepEqual(await readdir(image(), { recursive: true }), files)
  })
})
