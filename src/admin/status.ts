import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { version } from '../core/version.ts'
import type { RegistryReload as ObservedReload } from '../observe/events.ts'
import type { SeriesPoint as ObservedPoint } from '../observe/request-series.ts'
import { json } from './answer.ts'
import type { Plane, Route } from './route.ts'
import { type RegistryReload, type SeriesPoint, type Status, statusSchema } from './schemas.ts'

const STARTED_AT = new Date(Date.now() - process.uptime() * 1000).toISOString()

export const getStatus: Route = {
  method: 'GET',
  path: '/api/status',
  access: 'signed in',
  operation: {
    summary: 'How the process is, what it listens on, and what went on in the last hour',
    answers: { 200: { description: 'The state of now', schema: statusSchema } },
  },
  async handle(_request, plane) {
    return json(await statusOf(plane))
  },
}

async function statusOf(plane: Plane): Promise<Status> {
  const { registry, registryFile, proxyUrl, url } = plane
  const reasons = plane.notReady()
  const { user, system } = process.cpuUsage()
  return {
    version: version(),
    pid: process.pid,
    node: process.version,
    startedAt: STARTED_AT,
    ready: reasons.length === 0,
    reasons,
    proxy: proxyUrl,
    admin: url,
    generation: registry.current.generation,
    registry: registryFile,
    authority: await authorityOf(plane),
    environment: await plane.environment(),
    connections: plane.connections(),
    memory: { rss: process.memoryUsage.rss() },
    cpuSeconds: (user + system) / 1e6,
    reloads: plane.reloads.latest().map(describeReload),
    series: plane.activity.series().map(describePoint),
  }
}

/** As the file has it that runners trust: a rotation replaces it. */
async function authorityOf({ trustFiles: { certificate: path } }: Plane): Promise<Status['authority']> {
  const { subject, validToDate } = new X509Certificate(await readFile(path))
  return { path, subject: subject.replaceAll('\n', ', '), notAfter: validToDate.toISOString() }
}

export function describeReload(reload: ObservedReload): RegistryReload {
  return { ...reload, at: new Date(reload.at).toISOString() }
}

export function describePoint(point: ObservedPoint): SeriesPoint {
  return { ...point, at: new Date(point.at).toISOString() }
}
