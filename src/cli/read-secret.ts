import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Io } from './io.ts'

/**
 * Reads a secret that must not be an argument, which other users can see: from the terminal, without showing it, or all
 * of standard input but a newline at its end. `question` is what a terminal shows. Null when whoever was asked gave up.
 */
export async function readSecret(io: Io, question: string): Promise<string | null> {
  if (io.stdin.isTTY) return ask(io, question)
  return (await text(io.stdin)).replace(/\r?\n$/, '')
}

async function ask(io: Io, question: string): Promise<string | null> {
  io.stderr.write(question)
  // It takes the terminal's own echo away, and shows what is typed here.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: io.stdin, output: nowhere, terminal: true, historySize: 0 })
  const { promise, resolve } = Promise.withResolvers<string | null>()
  line.once('line', resolve).once('close', () => resolve(null))
  const answer = await promise
  line.close()
  io.stderr.write('\n')
  return answer
}
