import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Io } from './io.ts'

/** Whether there is somebody to ask. */
export function canAsk({ stdin }: Io): boolean {
  return stdin.isTTY === true
}

/** Asks on the terminal and returns the line that is typed; null when it is refused (Ctrl-C, Ctrl-D). */
export function ask(io: Io, question: string): Promise<string | null> {
  return readLine(io, io.stderr, question)
}

/** As `ask`, without showing what is typed. */
export async function askHidden(io: Io, question: string): Promise<string | null> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const answer = readLine(io, nowhere, '')
  // From here on the terminal itself shows nothing either.
  io.stderr.write(question)
  const line = await answer
  io.stderr.write('\n')
  return line
}

async function readLine({ stdin }: Io, output: Writable, question: string): Promise<string | null> {
  const terminal = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  const { promise: refused, resolve } = Promise.withResolvers<null>()
  terminal.once('SIGINT', () => resolve(null)).once('close', () => resolve(null))
  try {
    return await Promise.race([terminal.question(question), refused])
  } finally {
    terminal.close()
  }
}
