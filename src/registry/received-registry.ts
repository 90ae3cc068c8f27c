import { setImmediate } from 'node:timers/promises'
import { CerthopError } from '../core/errors.ts'
import { Identity, type IdentityParts } from '../identity/identity.ts'
import type { SelectableEntry } from './entry.ts'
import { HostPattern } from './pattern.ts'
import { retiredIdentities } from './retired-identities.ts'
import { Snapshot } from './snapshot.ts'
import { SENT, type SentEntry, type SnapshotUpdate } from './snapshot-update.ts'

type ReceivedEntry = Omit<SelectableEntry, 'position'>

/** The registry of another thread as it arrives here: the same entries, identities and generations. */
export class ReceivedRegistry {
  #current = new Snapshot<SelectableEntry>(0, [])
  #arrived: ReceivedEntry[] = []
  /** By generation. */
  readonly #identities = new Map<number, Identity>()
  /** Many entries name the same authority; its text is kept once. */
  readonly #authorities = new Map<string, readonly string[]>()

  /** The snapshot in force. A request takes it once and keeps it. */
  get current(): Pick<Snapshot<SelectableEntry>, 'select' | 'entries'> {
    return this.#current
  }

  /** Takes some of the entries of the next update, in their order. */
  add(entries: readonly SentEntry[]): void {
    for (const entry of entries) this.#arrived.push(this.#receive(entry))
  }

  /** Puts an update in force whose entries were added. Resolves with the identities that are gone. */
  async swap({ generation, places }: Pick<SnapshotUpdate, 'generation' | 'places'>): Promise<Identity[]> {
    const before = this.#current.entries
    const arrived = this.#arrived.values()
    const entries = Array.from(places, (place, index) => {
      const entry = place === SENT ? arrived.next().value : before[place]
      return atPosition(entry as ReceivedEntry, index + 1)
    })
    this.#arrived = []
    this.#authorities.clear()
    // With thousands of entries each of these takes milliseconds; requests get their turn in between.
    await setImmediate()
    this.#current = new Snapshot(generation, entries)
    const retired = retiredIdentities(before, entries)
    for (const identity of retired) this.#identities.delete(identity.generation)
    return retired
  }

  #receive({ patterns, identity, error, ...rest }: SentEntry): ReceivedEntry {
    return {
      ...rest,
      patterns: patterns.map(({ text, host }) => new HostPattern(text, host)),
      identity: this.#identityOf(identity),
      error: error === null ? null : new CerthopError(error.code, error.message, error),
    }
  }

  #identityOf(sent: SentEntry['identity']): Identity | null {
    if (sent === null) return null
    if (typeof sent === 'number') return this.#identities.get(sent) as Identity
    const identity = Identity.from(this.#sharingAuthority(sent))
    this.#identities.set(identity.generation, identity)
    return identity
  }

  #sharingAuthority(parts: IdentityParts): IdentityParts {
    const { ca } = parts.material
    if (ca === null) return parts
    const text = ca.join('')
    const known = this.#authorities.get(text)
    if (known === undefined) {
      this.#authorities.set(text, ca)
      return parts
    }
    return { ...parts, material: { ...parts.material, ca: known } }
  }
}

function atPosition(entry: ReceivedEntry | SelectableEntry, position: number): SelectableEntry {
  return 'position' in entry && entry.position === position ? entry : { ...entry, position }
}
