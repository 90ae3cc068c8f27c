import { readFile } from 'node:fs/promises'
import { json } from './answer.ts'
import type { Route } from './route.ts'
import { liveSchema, notReadySchema, readySchema } from './schemas.ts'

export const getLive: Route = {
  method: 'GET',
  path: '/livez',
  access: 'probe',
  operation: {
    summary: 'Whether the process is alive',
    answers: { 200: { description: 'It is', schema: liveSchema } },
  },
  handle: () => json({ live: true }),
}

export const getReady: Route = {
  method: 'GET',
  path: '/readyz',
  access: 'probe',
  operation: {
    summary: 'Whether the proxy takes requests',
    answers: {
      200: { description: 'It does', schema: readySchema },
      503: { description: 'It does not, because it is shutting down', schema: notReadySchema },
    },
  },
  handle(_request, { notReady, registry }) {
    const reasons = notReady()
    if (reasons.length > 0) return json({ ready: false, reasons }, 503)
    return json({ ready: true, generation: registry.current.generation })
  },
}

export const getMetrics: Route = {
  method: 'GET',
  path: '/metrics',
  access: 'probe',
  operation: {
    summary: 'Metrics for Prometheus; docs/monitoring.md describes them',
    answers: { 200: { description: 'In the text format, version 0.0.4', type: 'text/plain' } },
  },
  async handle(_request, { metrics }) {
    return { status: 200, headers: { 'Content-Type': metrics.contentType }, body: await metrics.text() }
  },
}

export const getAuthority: Route = {
  method: 'GET',
  path: '/ca.pem',
  access: 'open',
  operation: {
    summary: "The local authority's certificate, which runners have to trust",
    answers: { 200: { description: 'PEM', type: 'application/x-pem-file' } },
  },
  async handle(_request, { trustFiles }) {
    const headers = {
      'Content-Type': 'application/x-pem-file',
      'Content-Disposition': 'attachment; filename="certhop-ca.pem"',
    }
    return { status: 200, headers, body: await readFile(trustFiles.certificate) }
  },
}
