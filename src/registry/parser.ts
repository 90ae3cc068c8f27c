import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Problem } from '../core/problem.ts'
import { threadProgram } from '../core/program-files.ts'
import type { Definition } from './definition.ts'
import { type ParsedRegistry, parseRegistry } from './parse.ts'

/** Bytes that are parsed in a few milliseconds; the YAML of ten thousand entries takes more than a second. */
const SMALL = 16 * 1024

const PROGRAM = threadProgram('registry/parse-worker')

/** `parseRegistry` for a text of any size, without holding the event loop. */
export function parseInBackground(file: string, text: string): Promise<ParsedRegistry> {
  return text.length <= SMALL ? Promise.resolve(parseRegistry(file, text)) : parseInThread(file, text)
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
