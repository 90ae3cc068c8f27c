import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Problem } from '../core/problem.ts'
import type { AgeIdentitySource } from '../identity/source.ts'
import { findEntryProblems } from './entry-problems.ts'
import type { FileStates } from './file-states.ts'
import { loadEntries } from './load-entries.ts'
import type { ParsedText } from './parse-changes.ts'
import { parseInBackground } from './parser.ts'
import { Snapshot } from './snapshot.ts'
import { compareSnapshots, type Swap } from './swap.ts'

/** What a reload starts from and leaves behind. */
export interface RegistryState {
  readonly file: string
  readonly files: FileStates
  readonly ageIdentity: AgeIdentitySource
  readonly snapshot: Snapshot
  /** The registry file as it was parsed last, whether it was refused or not. */
  readonly parsed: ParsedFile | null
}

export interface Reloaded {
  readonly state: RegistryState
  /** Null when everything is as it was, and when the registry was refused. */
  readonly swap: Swap | null
  readonly refused: boolean
  /** Of the file as a whole and of each entry. */
  readonly problems: readonly Problem[]
}

interface ParsedFile extends ParsedText {
  readonly digest: string
}

/**
 * A configuration's way from files to decisions:
 *
 *     watch ──► read ──► parse ──► validate ──► load identities ──► snapshot ──► swap ──► retire
 *     Watcher   registry file, all problems     only what changed                │        idle connections of what
 *               └── refused: nothing changes    └── broken: that entry alone,    │        is gone close, requests
 *                                                   or its last good version     │        in flight finish
 *                                                                  one assignment, by the caller
 *
 * Until the swap nothing that runs is touched, so a reload that fails leaves everything as it was.
 */
export async function reload(state: RegistryState): Promise<Reloaded> {
  const { file, files, ageIdentity, snapshot } = state
  const parsed = await readAndParse(state)
  const refused = parsed.problems.some(({ severity }) => severity === 'error')
  const entries = await loadEntries(parsed.definitions, snapshot.entries, files, ageIdentity)
  const problems = [
    ...parsed.problems,
    ...(await findEntryProblems(file, entries, files, ageIdentity, Date.now())),
  ]
  const unchanged = state.parsed !== null && isSame(entries, snapshot.entries)
  if (refused || unchanged) return { state: { ...state, parsed }, swap: null, refused, problems }
  const next = new Snapshot(snapshot.generation + 1, entries)
  // With thousands of entries each of these takes milliseconds; requests get their turn in between.
  await setImmediate()
  const swap = compareSnapshots(snapshot, next)
  await setImmediate()
  return { state: { ...state, parsed, snapshot: next }, swap, refused, problems }
}

/** How long a registry file may be in the middle of being written before what is wrong with it is believed. */
const WRITING_MS = 100

async function readAndParse(state: RegistryState): Promise<ParsedFile> {
  const first = await readAndParseOnce(state)
  if (first === state.parsed || !first.problems.some(({ severity }) => severity === 'error')) return first
  await setTimeout(WRITING_MS)
  return readAndParseOnce({ ...state, parsed: first })
}

async function readAndParseOnce({ file, files, parsed }: RegistryState): Promise<ParsedFile> {
  const content = files.read(file)
  const digest = files.known(file)
  if (digest === parsed?.digest) return parsed
  if (Buffer.isBuffer(content))
    return { ...(await parseInBackground(file, content.toString(), parsed)), digest }
  const { reason: message, hint } = content
  const place = { severity: 'error', file, line: 1, column: 1 } as const
  return {
    digest,
    text: '',
    definitions: [],
    problems: [{ ...place, code: 'registry_unreadable', message: `the registry ${message}`, hint }],
  }
}

function isSame<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
