/** Lines of a text by offsets; a line includes its break, `\n` or `\r\n`. */

/** The kind of line break that a text uses. */
export function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

export function startOfLine(text: string, at: number): number {
  // `lastIndexOf` takes what is negative for 0.
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
}

/** Behind the break of the line in which `at` stands. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

/** The start of the line above one that starts at `start`, or null for the first line. */
export function lineBefore(text: string, start: number): number | null {
  return start === 0 ? null : startOfLine(text, start - 1)
}

/** Whether a line that starts at `start` holds white space alone; false behind the end and for null. */
export function isBlankLine(text: string, start: number | null): boolean {
  if (start === null || start >= text.length) return false
  return text.slice(start, endOfLine(text, start)).trim() === ''
}

/** Inserts whole lines at the start of a line, or at the end of a text that ends without a break. */
export function insertLines(text: string, at: number, lines: readonly string[]): string {
  const lineBreak = lineBreakOf(text)
  const before = at > 0 && text[at - 1] !== '\n' ? lineBreak : ''
  return splice(text, at, at, before + lines.map(line => line + lineBreak).join(''))
}

/** The text with `inserted` in the place of what stands from `start` to `end`. */
export function splice(text: string, start: number, end: number, inserted: string): string {
  return text.slice(0, start) + inserted + text.slice(end)
}
