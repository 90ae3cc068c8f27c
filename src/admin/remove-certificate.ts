import { NAME } from '../core/name.ts'
import { CopiedFiles } from '../registry/copied-files.ts'
import { json } from './answer.ts'
import { HttpProblem } from './http-problem.ts'
import type { Plane, Route } from './route.ts'
import { type Removal, removalSchema } from './schemas.ts'

/** Hosts that are listed. */
const MOST_SHOWN = 100

const DEFAULT_PORT = 443

export const removeCertificate: Route = {
  method: 'DELETE',
  path: '/api/certificates/{id}',
  access: 'signed in',
  operation: {
    summary: 'Removes a certificate from the registry, as `certhop remove` does',
    answers: { 204: { description: 'It is gone' } },
  },
  async handle({ parameter: id }, { editor, registry }) {
    if (!NAME.test(id)) throw unknown(id)
    await editor.remove(id)
    if (await registry.reload('request')) return { status: 204 }
    throw new HttpProblem(409, `\`${id}\` is out of the registry file, and still in force`, {
      hint: 'the file was changed by somebody else at the same time; /api/status says what is wrong with it',
    })
  },
}

export const previewRemoval: Route = {
  method: 'GET',
  path: '/api/certificates/{id}/removal',
  access: 'signed in',
  operation: {
    summary: 'What removing a certificate would mean; changes nothing',
    answers: { 200: { description: 'As far as the last hour tells', schema: removalSchema } },
  },
  handle({ parameter: id }, plane) {
    return json(removalOf(id, plane))
  },
}

function removalOf(id: string, { registry, registryFile, activity }: Plane): Removal {
  const { current } = registry
  const entry = current.entries.find(each => each.id === id)
  if (entry === undefined) throw unknown(id)
  const [group] = entry.groups ?? []
  const groups = group === undefined ? [] : [group]
  const nextFor = (host: string) => {
    const { candidates } = current.explain(host, entry.port ?? DEFAULT_PORT, groups)
    return candidates.find(candidate => candidate.id !== id)?.id ?? null
  }
  const hosts = activity.hostsInLastHour(id).slice(0, MOST_SHOWN)
  const definitions = current.entries.map(each => each.definition)
  return {
    id,
    requests: activity.requestsInLastHour(id),
    hosts: hosts.map(({ host, requests }) => ({ host, requests, next: nextFor(host) })),
    copiedFiles: new CopiedFiles(registryFile).filesOf(id, definitions),
  }
}

function unknown(id: string): HttpProblem {
  return new HttpProblem(404, `The registry has no certificate \`${id}\``)
}
