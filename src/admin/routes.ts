import { listCertificates } from './certificates.ts'
import { getExplanation } from './explain.ts'
import { getAuthority, getLive, getReady } from './probes.ts'
import { getEvents, getRequests } from './requests.ts'
import type { Route } from './route.ts'
import { followLink, signIn, signOut } from './session.ts'
import { getStatus } from './status.ts'

/** All that the admin plane answers, besides the page's own files. */
export const ROUTES: readonly Route[] = [
  listCertificates,
  getExplanation,
  getStatus,
  getRequests,
  getEvents,
  signIn,
  signOut,
  followLink,
  getLive,
  getReady,
  getAuthority,
]
