import type { CerthopError } from '../core/errors.ts'
import type { CertificateFacts, Identity } from '../identity/identity.ts'
import type { SourcePart } from '../identity/source.ts'
import type { Definition } from './definition.ts'
import type { HostPattern } from './pattern.ts'

interface Loaded {
  readonly definition: Definition
  readonly patterns: readonly HostPattern[]
  readonly fingerprint: string
  readonly identity: Identity | null
  readonly error: CerthopError | null
  readonly stale: CerthopError | null
  readonly part: SourcePart | null
  readonly facts: CertificateFacts | null
  readonly identityDefinition: Definition | null
}

/**
 * A certificate of the registry after its files were read. Immutable.
 *
 * Either `identity` is set and it can be used while its certificate is valid, or `error` is set and every request that it
 * wins fails with that error.
 */
export class Entry {
  readonly definition: Definition
  /** One for each alternative of each of the hosts. */
  readonly patterns: readonly HostPattern[]
  /** What the files of the definition held, as a digest. */
  readonly fingerprint: string
  readonly identity: Identity | null
  readonly error: CerthopError | null
  /** Why `identity` is an older one: its files are broken now, and the last good version stays in use. Null otherwise. */
  readonly stale: CerthopError | null
  /** What `error` or `stale` blames; null when both are null. */
  readonly part: SourcePart | null
  /** Of the identity; of the certificate alone when only its key is broken; null when there is no readable certificate. */
  readonly facts: CertificateFacts | null
  /** What the registry said when `identity` was loaded; `definition` unless the identity is stale. */
  readonly identityDefinition: Definition | null

  constructor(loaded: Loaded) {
    this.definition = loaded.definition
    this.patterns = loaded.patterns
    this.fingerprint = loaded.fingerprint
    this.identity = loaded.identity
    this.error = loaded.error
    this.stale = loaded.stale
    this.part = loaded.part
    this.facts = loaded.facts
    this.identityDefinition = loaded.identityDefinition
  }

  get id(): string {
    return this.definition.id
  }

  /** The patterns as written. */
  get hosts(): readonly string[] {
    return this.definition.hosts
  }

  /** 1 to 65535, or null for every port. */
  get port(): number | null {
    return this.definition.port
  }

  /** Whose requests it is for; null for everybody's. */
  get groups(): readonly string[] | null {
    return this.definition.groups
  }

  /** Milliseconds since 1970, or null. */
  get addedAt(): number | null {
    return this.definition.addedAt
  }

  /** The place in the registry file, from 1. */
  get position(): number {
    return this.definition.position
  }
}

/** As much of an entry as a request needs. */
export type SelectableEntry = Pick<
  Entry,
  'id' | 'patterns' | 'port' | 'groups' | 'addedAt' | 'position' | 'identity' | 'error' | 'facts'
>
