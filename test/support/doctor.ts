import { main } from '../../src/cli/main.ts'
import type { Diagnosis } from '../../src/diagnosis/diagnose.ts'
import type { StepName } from '../../src/diagnosis/step.ts'
import { TestIo } from './io.ts'

/** A step as `doctor --json` prints it. */
export interface PrintedStep {
  readonly name: StepName
  readonly ok: boolean | null
  readonly ms: number | null
  readonly detail: string
  readonly code: string | null
  readonly hint: string
}

export interface Doctored extends Pick<Diagnosis, 'ok' | 'verdict'> {
  readonly status: number
  readonly target: unknown
  readonly steps: readonly PrintedStep[]
  /** `entry ✓, dns ✓, tcp ✗ connection_refused`: the steps that were reached. */
  readonly way: string
  readonly step: (name: StepName) => PrintedStep
}

/** Runs `certhop doctor --json URL` with the `registry.yaml` of a folder, and with settings where there are any. */
export async function doctor(folder: string, url: string, settings: object = {}): Promise<Doctored> {
  const { writeFile } = await import('node:fs/promises')
  await writeFile(`${folder}/certhop.yaml`, JSON.stringify({ version: 1, ...settings }))
  const io = new TestIo(folder)
  const status = await main(['doctor', '--json', '--config', 'certhop.yaml', url], io)
  if (io.stdout.text === '') throw new Error(`doctor ended with ${status} and: ${io.stderr.text}`)
  const printed = JSON.parse(io.stdout.text)
  const steps: readonly PrintedStep[] = printed.steps
  return {
    ...printed,
    status,
    way: steps
      .filter(({ ok, detail }) => ok !== null || detail !== '')
      .map(
        ({ name, ok, code }) =>
          `${name} ${ok === null ? '–' : ok ? '✓' : '✗'}${code === null ? '' : ` ${code}`}`,
      )
      .join(', '),
    step: name => steps.find(step => step.name === name) as PrintedStep,
  }
}
