import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { TimeSlice } from '../core/time-slice.ts'
import type { Identity } from '../identity/identity.ts'
import { fingerprintOf, IdentityLoader } from '../identity/load.ts'
import type { AgeIdentitySource } from '../identity/source.ts'
import type { Definition } from './definition.ts'
import { Entry } from './entry.ts'
import type { FileStates } from './file-states.ts'
import { type HostPattern, parseHostPattern } from './pattern.ts'

/** How long a certificate and its key may be in the middle of being replaced, and how often that is believed in a row. */
const REPLACEMENT_MS = 100
const REPLACEMENTS = 3

/**
 * From definitions to entries. What did not change since `previous` keeps its identity, and nothing of it is read or parsed
 * again. Files that do not fit together are read once more before that is believed: certificate and key are two files, and
 * nobody replaces two files at once.
 */
export async function loadEntries(
  definitions: readonly Definition[],
  previous: readonly Entry[],
  files: FileStates,
  ageIdentity: AgeIdentitySource,
): Promise<Entry[]> {
  const loader = new EntryLoader(previous, files, ageIdentity)
  try {
    const entries = await loader.loadAll(definitions)
    for (let attempt = 0; attempt < REPLACEMENTS; attempt += 1) {
      if (!loader.hasFreshFailures) break
      await setTimeout(REPLACEMENT_MS)
      await loader.loadFailuresAgain(entries)
    }
    return entries
  } finally {
    await loader.close()
  }
}

class EntryLoader {
  readonly #previous: ReadonlyMap<string, Entry>
  readonly #files: FileStates
  readonly #ageIdentity: AgeIdentitySource
  readonly #identities: IdentityLoader
  /** Indexes of entries whose files failed for the first time. */
  #fresh: number[] = []

  constructor(previous: readonly Entry[], files: FileStates, ageIdentity: AgeIdentitySource) {
    this.#previous = new Map(previous.map(entry => [entry.id, entry]))
    this.#files = files
    this.#ageIdentity = ageIdentity
    this.#identities = new IdentityLoader(files, ageIdentity)
  }

  get hasFreshFailures(): boolean {
    return this.#fresh.length > 0
  }

  async loadAll(definitions: readonly Definition[]): Promise<Entry[]> {
    const slice = new TimeSlice()
    const entries: Entry[] = []
    for (const definition of definitions) {
      if (slice.isOver) await slice.next()
      const previous = this.#previous.get(definition.id)
      const current = this.#currentFingerprint(definition)
      if (previous !== undefined && previous.fingerprint === current && mayKeep(previous, definition)) {
        entries.push(withDefinition(previous, definition))
        continue
      }
      const entry = await this.#load(definition, previous)
      if (isBroken(entry)) this.#fresh.push(entries.length)
      entries.push(entry)
    }
    return entries
  }

  /** Replaces those of `entries` whose files changed meanwhile; the others stay broken and count as believed. */
  async loadFailuresAgain(entries: Entry[]): Promise<void> {
    const failures = this.#fresh
    this.#fresh = []
    const slice = new TimeSlice()
    for (const index of failures) {
      if (slice.isOver) await slice.next()
      const { definition, fingerprint } = entries[index] as Entry
      if (fingerprint === this.#currentFingerprint(definition)) continue
      const entry = await this.#load(definition, this.#previous.get(definition.id))
      if (isBroken(entry)) this.#fresh.push(index)
      entries[index] = entry
    }
  }

  close(): Promise<void> {
    return this.#identities.close()
  }

  async #load(definition: Definition, previous: Entry | undefined): Promise<Entry> {
    const loading = this.#identities.load(definition.id, definition.source)
    const fingerprint = fingerprintOf(definition.source, this.#ageIdentity, path => this.#files.known(path))
    const { identity, error, facts, part } = await loading
    const base = { definition, patterns: patternsOf(definition, previous), fingerprint }
    if (identity !== null) {
      return new Entry({
        ...base,
        identity,
        facts,
        error: null,
        stale: null,
        part: null,
        identityDefinition: definition,
      })
    }
    const kept = previous?.identityDefinition ?? null
    if (previous?.identity == null || kept === null || !mayStandIn(kept, definition)) {
      return new Entry({ ...base, identity: null, facts, error, stale: null, part, identityDefinition: null })
    }
    // What the registry says of TLS holds also for files that were read before it said so.
    const lastGood = underPolicy(previous.identity, definition)
    return new Entry({
      ...base,
      identity: lastGood,
      facts: lastGood.facts,
      error: null,
      stale: error,
      part,
      identityDefinition: kept,
    })
  }

  #currentFingerprint({ source }: Definition): string {
    return fingerprintOf(source, this.#ageIdentity, path => this.#files.digest(path))
  }
}

function isBroken({ error, stale }: Entry): boolean {
  return error !== null || stale !== null
}

/**
 * Whether an entry whose files did not change may go on as it is. An older identity must be allowed under the new
 * definition; and the tunnels of a group that is left out must end, so they get no further under the old identity.
 */
function mayKeep({ stale, identityDefinition, groups }: Entry, definition: Definition): boolean {
  if (losesGroups(groups, definition.groups)) return false
  return stale === null || (identityDefinition !== null && mayStandIn(identityDefinition, definition))
}

function underPolicy(identity: Identity, { source: { tls } }: Definition): Identity {
  return isDeepStrictEqual(identity.tls, tls) ? identity : identity.withPolicy(tls)
}

function losesGroups(before: readonly string[] | null, after: readonly string[] | null): boolean {
  return after !== null && (before === null || before.some(group => !after.includes(group)))
}

/** The same entry under what the registry says now. */
function withDefinition(entry: Entry, definition: Definition): Entry {
  if (definition === entry.definition) return entry
  const identityDefinition =
    entry.identityDefinition === entry.definition ? definition : entry.identityDefinition
  return new Entry({ ...entry, definition, patterns: patternsOf(definition, entry), identityDefinition })
}

/** An older identity may go only where it went before, or where the very same files were meant to go. */
function mayStandIn(kept: Definition, definition: Definition): boolean {
  return sameReach(kept, definition) || JSON.stringify(kept.source) === JSON.stringify(definition.source)
}

function patternsOf(definition: Definition, previous: Entry | undefined): readonly HostPattern[] {
  if (previous !== undefined && sameHosts(previous.definition, definition)) return previous.patterns
  return definition.hosts.flatMap(host => {
    const patterns = parseHostPattern(host)
    return 'message' in patterns ? [] : patterns
  })
}

/** Whether both are for the same requests. */
export function sameReach(a: Definition, b: Definition): boolean {
  return sameHosts(a, b) && a.port === b.port && isDeepStrictEqual(a.groups, b.groups)
}

function sameHosts(a: Definition, b: Definition): boolean {
  return a.hosts.length === b.hosts.length && a.hosts.every((host, index) => host === b.hosts[index])
}
