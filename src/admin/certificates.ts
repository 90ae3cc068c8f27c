import { TimeSlice } from '../core/time-slice.ts'
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
  async handle(_request, plane) {
    const { generation, entries } = plane.registry.current
    // Thousands of them make megabytes of text, and requests have their turn in between.
    const slice = new TimeSlice()
    const certificates: string[] = []
    for (const entry of entries) {
      if (slice.isOver) await slice.next()
      certificates.push(JSON.stringify(certificateOf(entry, plane)))
    }
    const body = `{"generation":${generation},"certificates":[${certificates.join(',')}]}\n`
    return { ...json({}), body }
  },
}

export function certificateOf(entry: Entry, { activity }: Pick<Plane, 'activity'>): Certificate {
  return {
    ...describeEntry(entry, Date.now()),
    requests: activity.requestsInLastHour(entry.id),
    stale: describeError(entry.stale),
  }
}
