import type { Position } from '../core/document.ts'
import type { CerthopError } from '../core/errors.ts'
import type { Problem } from '../core/problem.ts'
import { TimeSlice } from '../core/time-slice.ts'
import { type AgeIdentitySource, isAgeFile, keyFileOf } from '../identity/source.ts'
import { expiredError } from './candidate.ts'
import { newestFirst } from './candidates.ts'
import type { Entry } from './entry.ts'
import type { FileStates } from './file-states.ts'

/**
 * What is wrong with single entries, none of which keeps the others from being used: files that cannot be used, keys that
 * others can read, the age identity among them, entries that can never win. `now` is milliseconds since 1970.
 */
export async function findEntryProblems(
  file: string,
  entries: readonly Entry[],
  files: FileStates,
  ageIdentity: AgeIdentitySource,
  now: number,
): Promise<Problem[]> {
  const problems: Problem[] = []
  const open = openAgeIdentity(ageIdentity, files)
  if (open !== null) problems.push({ file, ...open })
  const shadows = new Shadows()
  const slice = new TimeSlice()
  for (const entry of entries.toSorted(newestFirst)) {
    if (slice.isOver) await slice.next()
    const found = [unusable(entry, now), openKey(entry, files), shadows.add(entry, now)]
    for (const fault of found) if (fault !== null) problems.push({ file, ...fault })
  }
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}

type Fault = Omit<Problem, 'file'>

function unusable(entry: Entry, now: number): Fault | null {
  const { error, stale, facts, part, definition } = entry
  const position = definition.at[part ?? ('pkcs12' in definition.source ? 'pkcs12' : 'cert')]
  if (error !== null) return fault('error', position, error, error.message)
  if (facts !== null && facts.notAfter < now) {
    const expired = expiredError(entry.id, facts.notAfter)
    return fault('error', position, expired, expired.message)
  }
  if (stale === null) return null
  return fault('error', position, stale, `${stale.message}; \`${entry.id}\` keeps its last good version`)
}

function fault(
  severity: Problem['severity'],
  position: Position,
  error: CerthopError,
  message: string,
): Fault {
  return { severity, ...position, code: error.code, message, hint: error.hint ?? '' }
}

function openKey({ definition }: Entry, files: FileStates): Fault | null {
  const { source, at } = definition
  const key = keyFileOf(source)
  if (isAgeFile(key) || !files.isExposed(key)) return null
  return readableByOthers('the private key', key, 'pkcs12' in source ? at.pkcs12 : at.key)
}

/** It stands in the settings, so that the registry has no place for it. */
function openAgeIdentity(ageIdentity: AgeIdentitySource, files: FileStates): Fault | null {
  if (!('file' in ageIdentity) || !files.isExposed(ageIdentity.file)) return null
  return readableByOthers('the age identity', ageIdentity.file, { line: 1, column: 1 })
}

function readableByOthers(what: string, path: string, position: Position): Fault {
  return {
    severity: 'warning',
    ...position,
    code: 'key_readable_by_others',
    message: `${what} ${path} is open to other users`,
    hint: `chmod 600 ${path}`,
  }
}

/** Finds entries for which a newer one matches wherever they do. Entries are to be added newest first. */
class Shadows {
  readonly #newer = new Map<string, Entry[]>()

  add(entry: Entry, now: number): Fault | null {
    const { patterns, definition } = entry
    const shadows = patterns.map(({ text, host }) =>
      this.#lookUp(entry, host === null ? [text.toLowerCase(), '*'] : [host]),
    )
    const isCandidate = (entry.facts?.notBefore ?? now) <= now
    if (isCandidate) for (const { text, host } of patterns) this.#put(host ?? text.toLowerCase(), entry)
    const [first] = shadows
    if (first === undefined || shadows.includes(undefined)) return null
    return {
      severity: 'warning',
      ...definition.at.entry,
      code: 'never_wins',
      message: `\`${entry.id}\` can never win: \`${first.id}\` was added more recently for the same hosts`,
      hint: 'remove one of the two',
    }
  }

  #lookUp(entry: Entry, keys: readonly string[]): Entry | undefined {
    const newer = keys.flatMap(key => this.#newer.get(key) ?? [])
    return newer.find(other => takesPortsOf(other, entry) && takesGroupsOf(other, entry))
  }

  #put(key: string, entry: Entry): void {
    const others = this.#newer.get(key)
    if (others === undefined) this.#newer.set(key, [entry])
    // One that takes every request says all there is to say.
    else if (!others.some(({ port, groups }) => port === null && groups === null)) others.push(entry)
  }
}

function takesPortsOf(newer: Entry, older: Entry): boolean {
  return newer.port === null || newer.port === older.port
}

function takesGroupsOf(newer: Entry, older: Entry): boolean {
  if (newer.groups === null) return true
  return older.groups?.every(group => newer.groups?.includes(group)) ?? false
}
