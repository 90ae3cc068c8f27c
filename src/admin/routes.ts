import { addCertificate } from './add-certificate.ts'
import { listCertificates } from './certificates.ts'
import { getExplanation } from './explain.ts'
import { openApiRoute } from './openapi.ts'
import { previewCertificate } from './preview-certificate.ts'
import { getAuthority, getLive, getMetrics, getReady } from './probes.ts'
import { previewRemoval, removeCertificate } from './remove-certificate.ts'
import { getEvents, getRequests } from './requests.ts'
import type { Route } from './route.ts'
import { followLink, signIn, signOut } from './session.ts'
import { getStatus } from './status.ts'

const DESCRIBED: readonly Route[] = [
  listCertificates,
  addCertificate,
  previewCertificate,
  removeCertificate,
  previewRemoval,
  getExplanation,
  getStatus,
  getRequests,
  getEvents,
  signIn,
  signOut,
  followLink,
  getLive,
  getReady,
  getMetrics,
  getAuthority,
]

/** All that the admin plane answers, besides the page's own files. */
export const ROUTES: readonly Route[] = [...DESCRIBED, openApiRoute(DESCRIBED)]
