interface Details {
  /** What to do about it. */
  readonly hint: string
  /** True when the settings name something that cannot be used; false when it is the state of this machine. */
  readonly configured?: boolean
}

/** A local authority that cannot be opened, or cannot sign any longer. Nothing goes out through it instead. */
export class InvalidAuthority extends Error {
  override readonly name = 'InvalidAuthority'
  readonly hint: string
  readonly configured: boolean

  constructor(message: string, { hint, configured = false }: Details) {
    super(message)
    this.hint = hint
    this.configured = configured
  }
}
