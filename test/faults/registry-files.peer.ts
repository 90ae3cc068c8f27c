import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from '../support/certificates.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import type { Scene } from './scene.ts'
import { LONG, section } from './section.ts'
import { CLEAR, SECURED, type Subject } from './subject.ts'
import { SECURE } from './ways.ts'

const fault = section('Files of the registry', null)

const renewed = await MINTED.authority.client({ name: 'renewed' })

interface Fault {
  readonly spoil: (path: string) => unknown
  /** What the log says of it. */
  readonly told: RegExp
}

/** What becomes of a file. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'is cut short': { spoil: path => truncate(path, 100), told: /holds no|is not closed|Flow|Missing|end/ },
  'is empty': { spoil: path => truncate(path, 0), told: /empty/ },
  'is deleted': { spoil: path => rm(path), told: /does not exist/ },
  'holds something else': { spoil: path => writeFile(path, '\x89PNG\r\n\x1a\n'), told: /PEM|PNG|must/ },
  'becomes a folder': { spoil: path => replace(path, mkdir), told: /is a directory/ },
  'becomes a FIFO': {
    spoil: path => replace(path, to => execFileSync('mkfifo', [to])),
    told: /is not a regular file/,
  },
  'becomes a device': {
    spoil: path => replace(path, to => symlink('/dev/zero', to)),
    told: /is not a regular file/,
  },
  'becomes a link to itself': { spoil: path => replace(path, to => symlink(to, to)), told: /cannot be read/ },
  'has 100 MB': { spoil: path => truncate(path, 100e6), told: /is larger than/ },
}

async function replace(path: string, make: (path: string) => unknown): Promise<void> {
  await rm(path)
  await make(path)
}

/** A certhop with entries whose files are their own, and a server that says whose certificate it got. */
class Stage {
  readonly certhop: Subject
  readonly #serverPort: number
  /** What every certhop of the suite has in its registry. */
  readonly #others: readonly unknown[]

  private constructor(certhop: Subject, serverPort: number, others: readonly unknown[]) {
    this.certhop = certhop
    this.#serverPort = serverPort
    this.#others = others
  }

  static async set(scene: Scene, ids: readonly string[]): Promise<Stage> {
    const hosts = [SECURED, CLEAR, ...ids.map(hostOf)]
    const certhop = await scene.start({
      settings: { resolve: Object.fromEntries(hosts.map(host => [host, '127.0.0.1'])) },
    })
    const port = await startHttpsServer(scene, SECURE, (request, response) => {
      response.setHeader('connection', 'close')
      response.end(clientName(request.socket))
    })
    const { certificates } = JSON.parse(await readFile(join(certhop.folder, 'registry.yaml'), 'utf8'))
    const stage = new Stage(certhop, port, certificates)
    await writeFile(stage.path('ca.pem'), MINTED.authority.pem)
    for (const id of ids) await stage.writePair(id, MINTED.client)
    await stage.writeRegistry(ids)
    await certhop.settle()
    return stage
  }

  path(name: string): string {
    return join(this.certhop.folder, name)
  }

  async writePair(id: string, certificate: Certificate): Promise<void> {
    for (const name of [`${id}.crt`, `${id}.key`]) await rm(this.path(name), { recursive: true, force: true })
    await writeFile(this.path(`${id}.key`), certificate.key(), { mode: 0o600 })
    await writeFile(this.path(`${id}.crt`), certificate.chain)
  }

  /** In one step, and resolves when it is in force. `mark` is an id that it did not have before. */
  async writeRegistry(ids: readonly string[], mark = 'mark'): Promise<void> {
    const entries = ids.map(id => ({
      id,
      host: hostOf(id),
      cert: `${id}.crt`,
      key: `${id}.key`,
      ca: 'ca.pem',
    }))
    const marked = { ...(this.#others[0] as object), id: mark, host: `${mark}.test` }
    const text = JSON.stringify({ version: 1, certificates: [...this.#others, ...entries, marked] })
    await writeFile(this.path('registry.new'), text)
    await rm(this.path('registry.yaml'), { recursive: true, force: true })
    await rename(this.path('registry.new'), this.path('registry.yaml'))
    await this.certhop.command.errorLine(new RegExp(`"added":\\[.*"${mark}"`))
  }

  /** Whose certificate a server gets, over a new connection. */
  async whoIs(id: string): Promise<string> {
    const runner = await RawConnection.connect(this.certhop.port)
    runner.send(`GET http://${hostOf(id)}:${this.#serverPort}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    const { body } = await runner.response()
    runner.close()
    return body
  }
}

function hostOf(id: string): string {
  return `${id}.wild.test`
}

for (const part of ['crt', 'key'] as const) {
  const what = part === 'crt' ? 'certificate' : 'key'
  fault(
    `the file of a ${what} ${Object.keys(FAULTS).join(', ')}`,
    'requests go on with the last good one, and with the next good one as soon as it is there',
    async scene => {
      const faults = Object.values(FAULTS).map((each, index) => ({ ...each, id: `entry-${index}` }))
      const stage = await Stage.set(
        scene,
        faults.map(({ id }) => id),
      )
      const { certhop } = stage
      certhop.expectErrors(/keeps its last good version/)
      for (const { id, spoil } of faults) await spoil(stage.path(`${id}.${part}`))
      for (const { id, told } of faults) {
        const line = await certhop.command.errorLine(
          new RegExp(`/${id}\\.${part}.*keeps its last good version`),
        )
        assert.match(line, told)
        assert.equal(await stage.whoIs(id), 'runner')
      }
      for (const { id } of faults) await stage.writePair(id, renewed)
      for (const { id } of faults) while ((await stage.whoIs(id)) !== 'renewed');
    },
  )
}

/** What a registry may hold by mistake or by malice. */
const TEXTS: Readonly<Record<string, string>> = {
  'holds a YAML bomb': `a: &a [x, x]\n${'bcdefghijklmnopqrstuvwxyz'
    .split('')
    .map((name, index) => `${name}: &${name} [${`*${'abcdefghijklmnopqrstuvwxyz'[index]},`.repeat(9)}]\n`)
    .join('')}`,
  'holds an alias to itself': 'version: 1\ncertificates: &all\n  - *all\n',
  'is nested ten thousand levels deep': '['.repeat(10_000),
  'has ten thousand keys': Array.from({ length: 10_000 }, (_, index) => `k${index}: 1\n`).join(''),
  'has ten thousand problems': `version: 1\ncertificates:\n${'  - {id: "", host: "!"}\n'.repeat(2500)}`,
  'has one line of 10 MB': `version: 1\ncertificates: "${'x'.repeat(10e6)}"`,
  'is binary': '\0\x01\x02\xff'.repeat(1000),
}

fault(
  `the registry ${[...Object.keys(FAULTS), ...Object.keys(TEXTS)].join(', ')}`,
  'the last good one stays, requests go on meanwhile, and the next good one is in force as soon as it is there',
  async scene => {
    const stage = await Stage.set(scene, ['entry'])
    const { command } = stage.certhop
    stage.certhop.expectErrors(/registry refused, the last good one stays/)
    const faults = [
      ...Object.values(FAULTS).map(({ spoil }) => spoil),
      ...Object.values(TEXTS).map(text => (path: string) => writeFile(path, text)),
    ]
    let slowest = 0
    for (const [index, spoil] of faults.entries()) {
      const refusals = () => command.stderr.split('registry refused').length
      const before = refusals()
      await spoil(stage.path('registry.yaml'))
      while (refusals() === before) {
        const started = performance.now()
        assert.equal(await stage.whoIs('entry'), 'runner')
        slowest = Math.max(slowest, performance.now() - started)
      }
      await stage.writeRegistry(['entry'], `after-${index}`)
      assert.ok(refusals() - before < 20, 'the log is not flooded')
    }
    return `the slowest request took ${Math.round(slowest)} ms`
  },
)

const SWAPS = LONG ? 1000 : 150

fault(
  'a mounted secret is swapped a thousand times while it is read and used',
  'each request has the old or the new certificate, none fails, and the last one is in force soon',
  async scene => {
    const stage = await Stage.set(scene, ['mounted'])
    for (const [name, certificate] of [
      ['one', MINTED.client],
      ['two', renewed],
    ] as const) {
      await mkdir(stage.path(name))
      await writeFile(stage.path(`${name}/tls.key`), certificate.key(), { mode: 0o600 })
      await writeFile(stage.path(`${name}/tls.crt`), certificate.chain)
    }
    const swapTo = async (name: string) => {
      await symlink(name, stage.path('..data.new'))
      await rename(stage.path('..data.new'), stage.path('..data'))
    }
    await swapTo('one')
    for (const [name, file] of [
      ['mounted.key', 'tls.key'],
      ['mounted.crt', 'tls.crt'],
    ] as const) {
      await symlink(`..data/${file}`, stage.path('link.new'))
      await rename(stage.path('link.new'), stage.path(name))
    }
    for (const [name, identity] of [
      ['two', 'renewed'],
      ['one', 'runner'],
    ] as const) {
      await swapTo(name)
      while ((await stage.whoIs('mounted')) !== identity);
    }
    await stage.certhop.settle()
    let swapping = true
    let asked = 0
    const ask = async () => {
      while (swapping) {
        assert.match(await stage.whoIs('mounted'), /^(?:runner|renewed)$/)
        asked += 1
      }
    }
    const asking = Promise.all([ask(), ask(), ask(), ask()])
    for (let swap = 1; swap <= SWAPS; swap += 1) {
      await swapTo(swap % 2 === 0 ? 'one' : 'two')
      if (scene.random.below(4) === 0) await stage.certhop.vitals()
    }
    await swapTo('two')
    const swapped = performance.now()
    while ((await stage.whoIs('mounted')) !== 'renewed');
    const took = performance.now() - swapped
    swapping = false
    await asking
    return `${SWAPS} swaps under ${asked} requests; in force after ${Math.round(took)} ms`
  },
)
