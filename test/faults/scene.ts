import type { TestContext } from 'node:test'
import type { Lifetime } from '../support/servers.ts'
import type { Health } from './health.ts'
import { Random } from './random.ts'
import { Subject, type SubjectOptions } from './subject.ts'

/** Everything that a fault takes: certhop processes, servers, runners. It is all gone before anybody looks what is left. */
export class Scene implements Lifetime {
  readonly #shared: Subject | null
  readonly #health: Health
  readonly #test: TestContext
  readonly #own: Subject[] = []
  readonly #ends: (() => unknown)[] = []
  #random: Random | null = null

  constructor(shared: Subject | null, health: Health, test: TestContext) {
    this.#shared = shared
    this.#health = health
    this.#test = test
  }

  /** The process of the section. */
  get certhop(): Subject {
    if (this.#shared === null) throw new Error('this section has no process that its faults share')
    return this.#shared
  }

  /** The same in each run with the same seed, which the output of the test tells. */
  get random(): Random {
    if (this.#random === null) {
      this.#random = new Random()
      this.#test.diagnostic(`FAULT_SEED=${this.#random.seed} repeats this`)
    }
    return this.#random
  }

  /** A process for this fault alone. */
  async start(options: SubjectOptions = {}): Promise<Subject> {
    const subject = await this.launch(options)
    await subject.settle()
    return subject
  }

  /** The same, not waited for. */
  async launch(options: SubjectOptions = {}): Promise<Subject> {
    const subject = await Subject.launch(this.#health, options)
    this.#own.push(subject)
    return subject
  }

  after(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** Ends what the fault has brought, and asserts that every process that still runs is as it was before, and works. */
  async close(): Promise<void> {
    await this.#end()
    for (const subject of this.#own) {
      if (subject.hasEnded) subject.assertLogged()
      else {
        await subject.assertWell()
        await subject.stop()
      }
    }
    for (const subject of this.#own) await subject.discard()
    await this.#shared?.assertWell()
  }

  /** Ends everything, when a promise was not kept. Resolves with what the processes have said. */
  async abandon(): Promise<string> {
    await this.#end().catch(() => {})
    const subjects = this.#shared === null ? this.#own : [...this.#own, this.#shared]
    for (const subject of subjects) await subject.discard()
    return subjects.map(({ command }) => command.stdout + command.stderr).join('')
  }

  async #end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}
