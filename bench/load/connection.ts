/** What came back, as far as it is checked. */
export interface Answer {
  readonly status: number
  /** The identity that the server wrote into `X-Client-Subject`, or else what the body starts with. */
  readonly identity: string
  readonly bodyBytes: number
}

/** An open connection, through whatever lies between, on which requests are sent one after the other. */
export interface Connection {
  /** Rejects when no whole answer comes. */
  exchange(): Promise<Answer>
  /** Ends it in order; resolves when the other side has done so too. */
  close(): Promise<void>
}
