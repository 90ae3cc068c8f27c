import type { TestBed } from './test-bed.ts'

/** The columns of the table, in its order. */
export const COLUMNS = ['http://', 'https://', 'without a certificate', 'told why it failed'] as const

export type Column = (typeof COLUMNS)[number]

/** Every client's promise in the third column. */
export const UNNOTICED = 'over https:// reaches a host without a certificate as if certhop were not there'

/** One promise about a client, and the cell of the table that tells how it was kept. */
export interface Case {
  /** The rest of a sentence that starts with the client's name. */
  readonly promise: string
  readonly column: Column
  /** Resolves with the text of the cell, as it was seen; rejects when the promise was broken. */
  prove(bed: TestBed): Promise<string>
}

/** An unmodified client, told of certhop by its environment or its own flags. */
export interface Client {
  /** As in the table. */
  readonly name: string
  /** The first label of the hosts that it asks for: `curl` asks for `curl.api.test`. */
  readonly label: string
  version(bed: TestBed): Promise<string>
  readonly cases: readonly Case[]
}
