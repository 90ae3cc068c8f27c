import type { RequestRecord } from '../../../src/observe/events.ts'

/** A finished request as the admin plane shows it: a line of the access log, and when it began (ISO 8601). */
export type Request = RequestRecord & { readonly startedAt: string }
