import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Problem } from '../core/problem.ts'
import { threadProgram } from '../core/program-files.ts'
import type { Definition } from './definition.ts'
import { type ParsedRegistry, parseRegistry } from './parse.ts'
import { type ParsedText, parseChanges, SMALL } from './parse-changes.ts'

const PROGRAM = threadProgram('registry/parse-worker')

/**
 * `parseRegistry` for a text of any size, without holding the event loop. The YAML of ten thousand entries takes about a
 * second, and a part of that when most of it is as in `before`.
 */
export async function parseInBackground(
  file: string,
  text: string,
  before: ParsedText | null,
): Promise<ParsedText> {
  if (text.length <= SMALL) return { text, ...parseRegistry(file, text) }
  const parsed = before === null ? null : await parseChanges(file, text, before)
  return { text, ...(parsed ?? (await parseInThread(file, text))) }
}

async function parseInThread(file: string, text: string): Promise<ParsedRegistry> {
  const worker = new Worker(PROGRAM, { workerData: { file, text } })
  const definitions: Definition[] = []
  const problems: Problem[] = []
  try {
    for (;;) {
      worker.postMessage('more')
      const [batch] = (await once(worker, 'message')) as [ParsedRegistry]
      if (batch.definitions.length === 0 && batch.problems.length === 0) return { definitions, problems }
      definitions.push(...batch.definitions)
      problems.push(...batch.problems)
    }
  } finally {
    await worker.terminate()
  }
}
