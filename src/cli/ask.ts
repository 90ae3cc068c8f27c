import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Io } from './io.ts'

/** Whether there is somebody to ask. */
export function canAsk({ stdin }: Io): boolean {
  return stdin.isTTY === true
}

/** Asks on the terminal and returns the line that is typed; null when it is refused (Ctrl-C, Ctrl-D). */
export function ask(io: Io, question: string): Promise<string | null> {
  return askOn(io, question, io.stderr)
}

/** As `ask`, without showing what is typed. */
export async function askHidden(io: Io, question: string): Promise<string | null> {
  io.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const answer = await askOn(io, '', nowhere)
  io.stderr.write('\n')
  return answer
}

async function askOn({ stdin }: Io, question: string, output: Writable): Promise<string | null> {
  // Not kept: what is typed would otherwise stay in the history of the process.
  const terminal = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  const { promise, resolve } = Promise.withResolvers<null>()
  terminal.once('SIGINT', () => resolve(null)).once('close', () => resolve(null))
  try {
    return await Promise.race([terminal.question(question), promise])
  } finally {
    terminal.close()
  }
}
