import type { ListenFailure } from './messages.ts'

/** The system has no port that several listeners share. */
class PortNotShared extends Error {
  override readonly name = 'PortNotShared'
  readonly hint = 'leave out --workers; Linux has what it takes'

  constructor() {
    super('this system lets no two workers listen at one port')
  }
}

/** The error that kept a worker from listening. */
export function listenError({ failed }: ListenFailure): Error {
  const { message, ...details } = failed
  return failed.code === 'ENOTSUP' ? new PortNotShared() : Object.assign(new Error(message), details)
}
