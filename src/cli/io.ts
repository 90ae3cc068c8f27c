import type { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'

/** What a command may touch of the process it runs in. */
export interface Io {
  /** A terminal has `isTTY`. Not to be touched by a command that does not read it: another process may. */
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** The working directory, absolute. */
  readonly folder: string
  /** Emits `SIGINT`, `SIGTERM` and `SIGHUP`. */
  readonly signals: EventEmitter
}

type Style = Parameters<typeof styleText>[0]

/** `text` in a style where `stream` is a terminal that shows it; NO_COLOR and its like are respected. */
export function styled(stream: Writable, style: Style, text: string): string {
  return styleText(style, text, { stream })
}

/** Says on stderr what is wrong. */
export function complain(io: Io, message: string): void {
  io.stderr.write(`${styled(io.stderr, 'red', 'certhop:')} ${message}\n`)
}

/** Says on stderr what is worth knowing. */
export function remark(io: Io, message: string): void {
  io.stderr.write(`${styled(io.stderr, 'yellow', 'certhop:')} ${message}\n`)
}

/** Rows as aligned columns, two spaces apart. Widths are counted before styling: style whole lines, not cells. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
