/** A fault that a test outside of this folder does, to a part of certhop in its own process. */
export interface ElsewhereRow {
  readonly fault: string
  /** The name of the test, as it stands in its file. */
  readonly test: string
  /** Below test/. */
  readonly file: string
}

export const ELSEWHERE: readonly ElsewhereRow[] = []
