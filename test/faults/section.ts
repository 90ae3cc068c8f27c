import { after, before, test } from 'node:test'
import { Health } from './health.ts'
import { type Row, writeSection } from './reliability-table.ts'
import { Scene } from './scene.ts'
import { Subject, type SubjectOptions } from './subject.ts'

/** Does the fault and asserts the promise. A text that it gives stands in the table as the result. */
type Proof = (scene: Scene) => Promise<unknown>

/** `fault` is what happens, `promise` what a user may rely on all the same. */
export type DefineFault = (fault: string, promise: string, prove: Proof) => void

/** True for the numbers that are claimed; the others are for every change, by the same code. */
export const LONG = process.env['FAULTS'] === 'long'

let collecting: { section: string; fault: string; promise: string }[] | null = null

/**
 * The faults of a test file, and a section of docs/reliability.md. They share a certhop process with `options`; null for
 * a section whose faults start their own. After each fault the process must be as before: this is the one way in.
 */
export function section(title: string, options: SubjectOptions | null = {}): DefineFault {
  if (collecting !== null) {
    const rows = collecting
    return (fault, promise) => rows.push({ section: title, fault, promise })
  }
  const rows: Row[] = []
  let health: Health
  let shared: Subject | null = null
  before(async () => {
    health = await Health.start()
  })
  after(async () => {
    health.close()
    await shared?.stop()
    await shared?.discard()
    if (process.env['WRITE_RELIABILITY']) await writeSection(title, rows)
  })

  async function run(scene: Scene, prove: Proof, aborted: AbortSignal): Promise<string> {
    const abandon = async () => {
      shared = null
      process.stderr.write(await scene.abandon())
    }
    aborted.addEventListener('abort', abandon)
    try {
      const result = await prove(scene)
      await scene.close()
      return typeof result === 'string' ? result : 'kept'
    } catch (error) {
      await abandon()
      throw error
    } finally {
      aborted.removeEventListener('abort', abandon)
    }
  }

  return (fault, promise, prove) => {
    test(`${fault}: ${promise}`, async t => {
      if (options !== null && shared === null) {
        shared = await Subject.launch(health, options)
        await shared.settle()
      }
      rows.push({ fault, promise, result: await run(new Scene(shared, health, t), prove, t.signal) })
    })
  }
}

/** What `files`, which are URLs, define, without doing any of it. */
export async function collectFaults(files: readonly string[]) {
  const rows: typeof collecting = []
  collecting = rows
  for (const file of files) await import(file)
  collecting = null
  return rows
}
