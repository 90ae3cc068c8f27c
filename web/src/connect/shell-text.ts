import { shellWord } from '../../../src/cli/shell-word.ts'

/** A value as one word of a POSIX shell, quoted only where it has to be: people read it as well. */
export function shellText(value: string): string {
  return /^[\w./:@%+,=-]+$/.test(value) ? value : shellWord(value)
}
