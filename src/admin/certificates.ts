import { describeEntry, describeError } from '../registry/described-entry.ts'
import type { Entry } from '../registry/entry.ts'
import { json } from './answer.ts'
import type { Plane, Route } from './route.ts'
import { type Certificate, certificatesSchema } from './schemas.ts'

export const listCertificates: Route = {
  method: 'GET',
  path: '/api/certificates',
  access: 'signed in',
  operation: {
    summary: 'The certificates of the registry and their state',
    answers: { 200: { description: 'In the order of the registry', schema: certificatesSchema } },
  },
  handle(_request, plane) {
    const { generation, entries } = plane.registry.current
    return json({ generation, certificates: entries.map(entry => certificateOf(entry, plane)) })
  },
}

export function certificateOf(entry: Entry, { activity }: Pick<Plane, 'activity'>): Certificate {
  return {
    ...describeEntry(entry, Date.now()),
    requests: activity.requestsInLastHour(entry.id),
    stale: describeError(entry.stale),
  }
}
