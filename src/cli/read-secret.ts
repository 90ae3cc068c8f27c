import { text } from 'node:stream/consumers'
import { askHidden, canAsk } from './ask.ts'
import type { Io } from './io.ts'

/**
 * Reads a secret that must not be an argument, which other users can see: from the terminal, without showing it, or all
 * of standard input but a newline at its end. `question` is what a terminal shows. Null when whoever was asked gave up.
 */
export async function readSecret(io: Io, question: string): Promise<string | null> {
  if (canAsk(io)) return askHidden(io, question)
  return (await text(io.stdin)).replace(/\r?\n$/, '')
}
