/** The address of the settings that can't be listened on. */
export class AdminAddressUnusable extends Error {
  override readonly name = 'AdminAddressUnusable'
  readonly hint = 'choose another with --admin HOST:PORT, or do without with --admin off'
  /** Node's, such as EADDRINUSE. */
  readonly code: string | undefined

  constructor(address: string, cause: NodeJS.ErrnoException) {
    const reason = cause.code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${cause.code})`
    super(`${address}, for the admin plane, ${reason}`, { cause })
    this.code = cause.code
  }
}
