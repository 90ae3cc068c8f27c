import { createReadStream } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const PATIENCE = 5_000
const NEWLINE = 10

/** Whoever writes to it appends. */
export async function emptyLog(file: string): Promise<void> {
  await truncate(file)
}

/** Throws when a log does not get a line for each request soon: who does not write has less to do. */
export async function waitForLines(file: string, requests: number): Promise<void> {
  const deadline = Date.now() + PATIENCE
  let lines = await countLines(file)
  while (lines < requests && Date.now() < deadline) {
    await setTimeout(100)
    lines = await countLines(file)
  }
  if (lines < requests) throw new Error(`the access log has ${lines} lines of ${requests} requests`)
}

async function countLines(file: string): Promise<number> {
  let lines = 0
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++
  }
  return lines
}
