import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
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

/** What `doctor --json` has printed. */
export interface Examination {
  /** Of the process. */
  readonly status: number
  readonly target: unknown
  readonly ok: boolean
  readonly steps: readonly PrintedStep[]
  readonly verdict: string
  /** `entry ✓, dns –, tcp ✗ connection_refused`: the steps of which something is said. */
  readonly way: string
  readonly step: (name: StepName) => PrintedStep
}

/** Runs `certhop doctor URL` in `folder`, with its `registry.yaml` and with `settings`. Resolves with what was written. */
export async function runDoctor(folder: string, url: string, settings: object = {}, ...options: string[]) {
  await writeFile(join(folder, 'certhop.yaml'), JSON.stringify({ version: 1, ...settings }))
  const io = new TestIo(folder)
  const status = await main(['doctor', '--config', 'certhop.yaml', ...options, url], io)
  return { status, stdout: io.stdout.text, stderr: io.stderr.text }
}

/** As `runDoctor`, with `--json`. */
export async function examine(folder: string, url: string, settings: object = {}): Promise<Examination> {
  const { status, stdout, stderr } = await runDoctor(folder, url, settings, '--json')
  if (stdout === '') throw new Error(`doctor ended with ${status} and ${stderr}`)
  const printed = JSON.parse(stdout)
  const steps: readonly PrintedStep[] = printed.steps
  return {
    ...printed,
    status,
    way: steps
      .map(stepText)
      .filter(text => text !== '')
      .join(', '),
    step: (name: StepName) => steps.find(step => step.name === name),
  }
}

function stepText({ name, ok, detail, code }: PrintedStep): string {
  if (ok === null) return detail === '' ? '' : `${name} –`
  return ok ? `${name} ✓` : `${name} ✗ ${code ?? ''}`.trimEnd()
}
