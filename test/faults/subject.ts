import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT, RunningCommand, shell } from '../support/command.ts'
import { MINTED } from '../support/path.ts'
import type { Holdings } from '../support/probe.ts'
import { type TestEntry, writeRegistry } from '../support/proxy.ts'
import type { Health } from './health.ts'

/** The host whose server demands a certificate; the entry `api` has it. */
export const SECURED = 'api.test'
/** The host that no entry matches. */
export const CLEAR = 'clear.test'

export const ENTRIES: readonly TestEntry[] = [
  { id: 'api', host: SECURED, certificate: MINTED.client, ca: MINTED.authority },
]

/** How much more may be in use after a fault than before, in octets: caches, and code that was compiled meanwhile. */
const MEMORY_SLACK = 8 * 1024 ** 2

/** How long a process may take to let go of what a fault has left, and how often it is looked at, in milliseconds. */
const PATIENCE = 10_000
const LOOK_EVERY = 20

export interface SubjectOptions {
  /** As they stand in certhop.yaml. */
  readonly settings?: object
  readonly entries?: readonly TestEntry[]
  readonly env?: NodeJS.ProcessEnv
  /** An open file that takes its stderr. */
  readonly stderr?: number
  /** What certhop is started by, such as `['prlimit', '--nofile=64']`. */
  readonly by?: readonly string[]
  /** Of an earlier one, with its files; a new one otherwise. */
  readonly folder?: string
}

/** A certhop process that faults are done to, started as users start it. */
export class Subject {
  readonly command: RunningCommand
  /** Has certhop.yaml, the registry with its files, and the state directory `state`. */
  readonly folder: string
  port = 0
  adminPort = 0
  /** PEM of what has signed its leaves. */
  authority = ''
  readonly #health: Health
  #baseline: Vitals | null = null
  /** Lines of the log at level error that a fault is meant to bring. */
  readonly #expected: RegExp[] = []

  private constructor(folder: string, health: Health, { by = [], env, stderr }: SubjectOptions) {
    this.folder = folder
    this.#health = health
    const probe = new URL('../support/probe.ts', import.meta.url)
    const certhop = [
      process.execPath,
      `${ROOT}bin/certhop.js`,
      'serve',
      '--config',
      join(folder, 'certhop.yaml'),
    ]
    const [command = '', ...args] = [...by, ...certhop]
    this.command = new RunningCommand(command, args, {
      env: { ...shell(), NODE_OPTIONS: `--expose-gc --import=${probe}`, ...env },
      answers: true,
      ...(stderr === undefined ? {} : { stderr }),
    })
  }

  /** Starts one, and does not wait until it is ready. */
  static async launch(health: Health, options: SubjectOptions = {}): Promise<Subject> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'certhop-faults-')))
    await writeRegistry(folder, options.entries ?? ENTRIES)
    const settings = {
      version: 1,
      listen: { port: 0 },
      admin: { port: 0 },
      registry: 'registry.yaml',
      stateDirectory: 'state',
      resolve: { [SECURED]: '127.0.0.1', [CLEAR]: '127.0.0.1' },
      ...options.settings,
    }
    await writeFile(join(folder, 'certhop.yaml'), JSON.stringify(settings))
    return new Subject(folder, health, options)
  }

  get hasEnded(): boolean {
    return this.command.hasEnded
  }

  async ready(): Promise<void> {
    const { proxy, admin, authority } = JSON.parse(await this.command.line(/^\{"event":"ready"/))
    this.port = Number(new URL(proxy).port)
    this.adminPort = Number(new URL(admin).port)
    this.authority = await readFile(authority, 'utf8')
  }

  /** Waits until it works, and looks at what it holds while nothing is wrong. */
  async settle(): Promise<void> {
    await this.ready()
    // What is made with the first requests stays.
    for (let time = 0; time < 3; time += 1) await this.#health.check(this)
    this.#baseline = await this.vitals()
  }

  /** Waits until it opens and closes nothing any more. */
  async comesToRest(): Promise<void> {
    const look = async () => String((await this.vitals()).descriptors)
    for (let times = 0, before = ''; times < 5; times += 1) {
      const now = await look()
      if (now !== before) times = 0
      before = now
      await setTimeout(LOOK_EVERY)
    }
  }

  /** Its stderr may have errors like these. */
  expectErrors(...lines: RegExp[]): void {
    this.#expected.push(...lines)
  }

  async vitals(): Promise<Vitals> {
    const holdings = (await this.command.ask('what do you hold?')) as Holdings
    return { ...holdings, descriptors: descriptorsOf(this.command.pid) }
  }

  /** Requests on every way get their own answers, as who they should. */
  checkHealth(): Promise<void> {
    return this.#health.check(this)
  }

  /** The one place where it is said what no fault may leave behind. */
  async assertWell(): Promise<void> {
    await this.#health.check(this)
    const baseline = this.#baseline
    if (baseline !== null) {
      const started = performance.now()
      let found = await this.vitals()
      while (excess(found, baseline) !== '' && performance.now() - started < PATIENCE) {
        await setTimeout(LOOK_EVERY)
        found = await this.vitals()
      }
      assert.equal(excess(found, baseline), '', 'nothing is left behind')
    }
    this.assertLogged()
  }

  /** Ends it in order, and asserts that this went well too. */
  async stop(): Promise<void> {
    if (this.hasEnded) return
    this.command.signal('SIGTERM')
    const status = await this.command.exit()
    assert.equal(status, 0, this.command.stderr)
    this.assertLogged()
  }

  /** Ends it at once, if it still runs, and removes its folder. */
  async discard(): Promise<void> {
    this.command.signal('SIGKILL')
    await this.command.exit()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Whatever Node itself says on stderr, such as of an unhandled rejection, is no line of the log. */
  assertLogged(): void {
    const lines = this.command.stderr.split('\n').filter(line => line !== '')
    const unexpected = lines.filter(line => !this.#expected.some(pattern => pattern.test(line)))
    const strange = unexpected.filter(line => !line.startsWith('{') || !line.endsWith('}'))
    assert.deepEqual(strange, [], 'stderr has the log and nothing else')
    const errors = unexpected.filter(line => JSON.parse(line).level >= 50)
    assert.deepEqual(errors, [], 'the log has no error that was not meant')
  }
}

interface Vitals extends Holdings {
  /** What its open files are; null where the system does not tell. */
  readonly descriptors: readonly string[] | null
}

function descriptorsOf(pid: number): readonly string[] | null {
  const folder = `/proc/${pid}/fd`
  if (!existsSync(folder)) return null
  return readdirSync(folder).flatMap(name => {
    try {
      return readlinkSync(join(folder, name))
    } catch {
      // Closed meanwhile.
      return []
    }
  })
}

/** What is held now and was not before; empty if there is nothing. */
function excess(now: Vitals, before: Vitals): string {
  const found: string[] = []
  const more = (what: string, count: number, allowed: number) => {
    if (count > allowed) found.push(`${what}: ${count} instead of ${allowed}`)
  }
  const descriptors = now.descriptors ?? []
  more(`descriptors (${descriptors})`, descriptors.length, before.descriptors?.length ?? 0)
  more('deadlines', now.deadlines, before.deadlines)
  for (const [name, count] of Object.entries(now.resources)) more(name, count, before.resources[name] ?? 0)
  if (now.memory > before.memory + MEMORY_SLACK) more('octets of memory', now.memory, before.memory)
  return found.join('; ')
}
