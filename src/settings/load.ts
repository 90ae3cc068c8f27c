import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type Path, resolvePath, YamlDocument } from '../core/document.ts'
import type { Problem } from '../core/problem.ts'
import { isNetwork } from './network.ts'
import { type SettingsFile, settingsSchema } from './schema.ts'
import type { Settings } from './settings.ts'

export interface LoadedSettings {
  /** Null when a problem is an error. */
  readonly settings: Settings | null
  readonly problems: readonly Problem[]
}

/** What is wrong with a host pattern, or null. Handed in, because the language of patterns belongs to the registry. */
export type PatternCheck = (pattern: string) => { readonly message: string; readonly hint: string } | null

/** Reads and validates a settings file. Never throws: a file that cannot be read is a problem like any other. */
export async function loadSettings(file: string, checkPattern: PatternCheck): Promise<LoadedSettings> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    return { settings: null, problems: [unreadable(file, error as NodeJS.ErrnoException)] }
  }
  return parseSettings(file, text, checkPattern)
}

/** `file` is what problems name and what relative paths are relative to. */
export function parseSettings(file: string, text: string, checkPattern: PatternCheck): LoadedSettings {
  const document = new YamlDocument(file, text)
  const content = document.validate(settingsSchema)
  if (content === null) return { settings: null, problems: document.problems }
  reportPatterns(document, ['requireCertificate'], content.requireCertificate, checkPattern)
  const checkDestination: PatternCheck = rule => (isNetwork(rule) ? null : checkPattern(rule))
  const { egressProxy, destinations } = content
  reportPatterns(document, ['egressProxy', 'noProxy'], egressProxy?.noProxy ?? [], checkDestination)
  reportPatterns(document, ['destinations', 'deny'], destinations.deny, checkDestination)
  const settings = document.problems.length === 0 ? withAbsolutePaths(file, content) : null
  return { settings, problems: document.problems }
}

function reportPatterns(
  document: YamlDocument,
  path: Path,
  patterns: readonly string[],
  checkPattern: PatternCheck,
): void {
  for (const [index, pattern] of patterns.entries()) {
    const fault = checkPattern(pattern)
    if (fault === null) continue
    const message = `\`${path.join('.')}\`: the pattern ${fault.message}`
    document.report([...path, index], { code: 'invalid_value', message, hint: fault.hint })
  }
}

/** What holds without a settings file. */
export function defaultSettings(registry: string): Settings {
  const defaults = settingsSchema.parse({ version: 1 })
  return withAbsolutePaths('', { ...defaults, registry: resolve(registry) })
}

function withAbsolutePaths(file: string, content: SettingsFile): Settings {
  const { registry, stateDirectory, authority, secrets, listen } = content
  return {
    ...content,
    listen: { ...listen, tls: listen.tls === null ? null : absoluteTls(file, listen.tls) },
    registry: resolvePath(file, registry),
    stateDirectory:
      stateDirectory === undefined ? defaultStateDirectory() : resolvePath(file, stateDirectory),
    authority:
      typeof authority === 'string'
        ? authority
        : { cert: resolvePath(file, authority.cert), key: resolvePath(file, authority.key) },
    secrets: {
      identity:
        'env' in secrets.identity ? secrets.identity : { file: resolvePath(file, secrets.identity.file) },
    },
  }
}

function absoluteTls(file: string, { cert, key, clientCa }: NonNullable<Settings['listen']['tls']>) {
  return {
    cert: resolvePath(file, cert),
    key: resolvePath(file, key),
    clientCa: clientCa === null ? null : resolvePath(file, clientCa),
  }
}

/** Where the XDG Base Directory Specification has it; a relative path there is to be ignored. */
function defaultStateDirectory(): string {
  const { XDG_STATE_HOME: home = '' } = process.env
  return join(isAbsolute(home) ? home : join(homedir(), '.local/state'), 'certhop')
}

function unreadable(file: string, error: NodeJS.ErrnoException): Problem {
  const reason = error.code === 'ENOENT' ? 'there is no such file' : `cannot be read (${error.code})`
  return { severity: 'error', file, line: 1, column: 1, code: 'file_unreadable', message: reason, hint: '' }
}
