import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { formatProblem, type Problem } from '../core/problem.ts'
import { InvalidRegistry } from '../registry/invalid-registry.ts'
import { parseHostPattern } from '../registry/pattern.ts'
import { Registry } from '../registry/registry.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import { adminFault, exposureFault, parseListen } from '../settings/listen.ts'
import { defaultSettings, type LoadedSettings, loadSettings } from '../settings/load.ts'
import { locateSettings } from '../settings/locate.ts'
import type { Settings } from '../settings/settings.ts'
import type { Options } from './command.ts'
import { complain, type Io, styled } from './io.ts'

/**
 * The settings that the options and the environment name, with what the options override. Null, after saying on stderr
 * what to do, when there is neither a settings file nor a registry, or when an option asks for what the settings forbid.
 */
export async function readSettings(io: Io, options: Options): Promise<LoadedSettings | null> {
  const file = settingsFile(io, options)
  const registry = options.registry === undefined ? null : resolve(io.folder, options.registry)
  if (file === null) {
    if (registry !== null) return withOverrides(io, defaultSettings(registry), options, [])
    complain(io, NO_CONFIGURATION)
    return null
  }
  const { settings, problems } = await loadSettingsFile(file)
  const named = settings === null || registry === null ? settings : { ...settings, registry }
  return named === null ? { settings: null, problems } : withOverrides(io, named, options, problems)
}

/** The settings file that the options and the environment name, absolute; null when there is none. */
export function settingsFile(io: Io, options: Options): string | null {
  const { CERTHOP_CONFIG: variable } = io.env
  return locateSettings({ option: options.config, variable, folder: io.folder })
}

function withOverrides(
  io: Io,
  settings: Settings,
  options: Options,
  problems: readonly Problem[],
): LoadedSettings | null {
  const overridden = override(io, settings, options)
  return overridden === null ? null : { settings: overridden, problems }
}

const NO_CONFIGURATION =
  'no settings: there is neither ./certhop.yaml nor ./config/certhop.yaml (name a file with --config or ' +
  '$CERTHOP_CONFIG, or only the certificates with --registry)'

/** Reads a settings file, its host patterns judged as the registry's are. */
export function loadSettingsFile(file: string): Promise<LoadedSettings> {
  return loadSettings(file, pattern => {
    const parsed = parseHostPattern(pattern)
    return 'message' in parsed ? parsed : null
  })
}

export interface LoadedRegistry {
  /** Null when the registry is refused as a whole. */
  readonly snapshot: Snapshot | null
  /** Of the registry as a whole and of each entry. */
  readonly problems: readonly Problem[]
}

/** Reads the registry of the settings and the files it names, once. */
export async function readRegistry({ registry: file, secrets }: Settings): Promise<LoadedRegistry> {
  const problems: Problem[] = []
  try {
    const registry = await Registry.open(file, {
      watch: false,
      ageIdentity: secrets.identity,
      emit: event => event.type === 'entry-problem' && problems.push(event.problem),
    })
    await registry.close()
    return { snapshot: registry.current, problems }
  } catch (error) {
    if (!(error instanceof InvalidRegistry)) throw error
    return { snapshot: null, problems: error.problems }
  }
}

/** The settings that hold, for commands that need no more. Null, after saying on stderr what is wrong, when there are none. */
export async function readValidSettings(io: Io, options: Options): Promise<Settings | null> {
  const read = await readSettings(io, options)
  if (read === null) return null
  reportProblems(io.stderr, read.problems)
  return read.settings
}

/** As `readValidSettings`, for commands in which the registry has no part: without a settings file the defaults hold. */
export function readSettingsOrDefaults(io: Io, options: Options): Promise<Settings | null> {
  return readValidSettings(io, { registry: 'registry.yaml', ...options })
}

/**
 * The settings and the certificates that the options name, for commands that ask about them. Null, after saying on
 * stderr what is wrong, when one of them is refused as a whole.
 */
export async function readConfiguration(
  io: Io,
  options: Options,
): Promise<{ settings: Settings; snapshot: Snapshot } | null> {
  const settings = await readValidSettings(io, options)
  if (settings === null) return null
  const { snapshot, problems } = await readRegistry(settings)
  if (snapshot !== null) return { settings, snapshot }
  reportProblems(io.stderr, problems)
  return null
}

/**
 * `settings` with what the command line says instead. Null, after saying on stderr why, when it asks for an address that
 * other machines can reach and the settings don't provide for it.
 */
export function override(io: Io, settings: Settings, options: Options): Settings | null {
  const address = options.listen === undefined ? null : parseListen(options.listen)
  const listen = { ...settings.listen, ...address }
  const admin = adminAddress(settings, options)
  const fault = exposureFault(listen)
  if (fault !== null) return refuse(io, `--listen ${options.listen}`, fault)
  const unsafe = admin === null ? null : adminFault(admin.host)
  if (unsafe !== null) return refuse(io, `--admin ${options.admin}`, unsafe)
  const { stateDir } = options
  return {
    ...settings,
    stateDirectory: stateDir === undefined ? settings.stateDirectory : resolve(io.folder, stateDir),
    listen,
    admin,
    log: { ...settings.log, level: options.logLevel ?? settings.log.level },
  }
}

function adminAddress(settings: Settings, { admin }: Options): Settings['admin'] {
  if (admin === undefined) return settings.admin
  return admin === 'off' ? null : parseListen(admin)
}

function refuse(io: Io, option: string, { message, hint }: { message: string; hint: string }): null {
  complain(io, `${option} ${message} (${hint})`)
  return null
}

/** Writes `problems` to `stream` in the order of their places, and says whether one of them is an error. */
export function reportProblems(stream: Writable, problems: readonly Problem[]): boolean {
  for (const problem of inOrder(problems)) stream.write(`${describe(stream, problem)}\n`)
  return problems.some(isError)
}

export function isError(problem: Problem): boolean {
  return problem.severity === 'error'
}

/** By file, in the order in which the files were read, then by line and column. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const files = problems.map(problem => problem.file)
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  )
}

function describe(stream: Writable, problem: Problem): string {
  if (isError(problem)) return formatProblem(problem)
  const message = `${styled(stream, 'yellow', 'warning:')} ${problem.message}`
  return formatProblem({ ...problem, message })
}
