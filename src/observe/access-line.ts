import type { ShownRecord } from './shown-record.ts'

/**
 * The line that pino writes for `shown` with the message `request`. `level` is pino's number, `time` milliseconds since
 * 1970. All fields become JSON at once: pino does so with each value and each key, which takes twice as long.
 */
export function accessLine(level: number, time: number, shown: ShownRecord): string {
  return `{"level":${level},"time":${time},${JSON.stringify(shown).slice(1, -1)},"msg":"request"}\n`
}
