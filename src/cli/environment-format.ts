import { shellWord } from './shell-word.ts'

/** How `certhop env` can print variables. */
export const ENVIRONMENT_FORMATS = ['sh', 'dotenv', 'json', 'docker'] as const

export type EnvironmentFormat = (typeof ENVIRONMENT_FORMATS)[number]

/**
 * Variables as text that gives exactly their values back: to a POSIX shell's `eval`, to readers of `.env` files, to
 * `docker run --env-file`, or as JSON. Throws for a value that the format can't hold.
 */
export function formatEnvironment(
  variables: Readonly<Record<string, string>>,
  format: EnvironmentFormat,
): string {
  if (format === 'json') return `${JSON.stringify(variables, null, 2)}\n`
  const lines = Object.entries(variables).map(([name, value]) => `${LINES[format](name, value)}\n`)
  return lines.join('')
}

const LINES: Record<Exclude<EnvironmentFormat, 'json'>, (name: string, value: string) => string> = {
  sh: (name, value) => `export ${name}=${shellWord(value)}`,
  dotenv: (name, value) => `${name}=${dotenvValue(name, value)}`,
  docker(name, value) {
    // Docker takes everything behind the first `=` as it stands.
    if (/[\r\n]/.test(value)) throw inexpressible(name, 'docker', 'a line break')
    return `${name}=${value}`
  },
}

/** Inside double quotes some readers heed `$` and `\`; inside single quotes nobody does. */
function dotenvValue(name: string, value: string): string {
  if (/^[\w./:,@%+-]*$/.test(value)) return value
  if (!/["$`\\]/.test(value)) return `"${value}"`
  if (value.includes("'")) throw inexpressible(name, 'dotenv', 'a single quote beside ", $, ` or \\')
  return `'${value}'`
}

function inexpressible(name: string, format: EnvironmentFormat, what: string): Error {
  return new Error(`${name} holds ${what}, which --format ${format} can't express (use sh or json)`)
}
