import type { Position } from '../core/document.ts'
import type { IdentitySource, SourcePart } from '../identity/source.ts'

/** What decides which requests an entry is for, and over whom it wins. */
export type Reach = Pick<Definition, 'id' | 'hosts' | 'port' | 'groups' | 'addedAt' | 'position'>

/** What the registry file says of one certificate, validated, before any other file is read. Plain data. */
export interface Definition {
  readonly id: string
  /** The patterns as written; at least one. */
  readonly hosts: readonly string[]
  /** 1 to 65535, or null for every port. */
  readonly port: number | null
  /** Whose requests it is for, at least one and each once; null for everybody's. */
  readonly groups: readonly string[] | null
  /** Milliseconds since 1970, or null when the registry orders its entries by place alone. */
  readonly addedAt: number | null
  /** The place in the file, from 1. */
  readonly position: number
  readonly source: IdentitySource
  /** Where it stands in the file; parts that are not written have the entry's own position. */
  readonly at: Readonly<Record<SourcePart | 'entry', Position>>
}
