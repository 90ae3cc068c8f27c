import { parentPort, workerData } from 'node:worker_threads'
import { type ParsedRegistry, parseRegistry } from './parse.ts'

/** Receiving many objects at once would hold the event loop of the other side. */
const BATCH = 250

const { file, text } = workerData as { file: string; text: string }
const { definitions, problems } = parseRegistry(file, text)
let sent = 0

parentPort?.on('message', () => {
  const batch: ParsedRegistry = {
    definitions: definitions.slice(sent, sent + BATCH),
    problems: problems.slice(sent, sent + BATCH),
  }
  sent += BATCH
  parentPort?.postMessage(batch)
})
