import { TimeSlice } from '../core/time-slice.ts'
import { describeFacts } from '../registry/described-entry.ts'
import { type AdditionPreview, previewAddition, ruleBy } from '../registry/preview-addition.ts'
import { inOrder, type Rival } from '../registry/rivals.ts'
import { json } from './answer.ts'
import { readDraft } from './new-certificate.ts'
import type { Plane, Route } from './route.ts'
import { draftSchema, type Preview, previewSchema } from './schemas.ts'

/** Rivals and hosts that are listed; there may be thousands below `*`. */
const MOST_SHOWN = 100

const DEFAULT_PORT = 443

export const previewCertificate: Route = {
  method: 'POST',
  path: '/api/certificates/preview',
  access: 'signed in',
  operation: {
    summary: 'What would become of a new certificate; changes nothing',
    body: draftSchema,
    multipart: true,
    answers: { 200: { description: 'Whatever is wrong with it', schema: previewSchema } },
  },
  async handle({ incoming }, plane) {
    const draft = await readDraft(incoming)
    const preview = await previewAddition(plane.registryFile, plane.registry.current, draft, plane)
    const { hosts, id, facts, problems, needsPassphrase, rivals } = preview
    const shown: Preview = {
      hosts: hosts.map(host => ({ ...host })),
      id,
      certificate: facts === null ? null : (describeFacts(facts, Date.now()) as Preview['certificate']),
      problems,
      needsPassphrase,
      rivals: rivals.slice(0, MOST_SHOWN).map(describeRival),
      matches: await matchesOf(preview, plane),
    }
    return json(shown)
  },
}

function describeRival({ id, pattern, loses, why }: Rival): Preview['rivals'][number] {
  return { id, pattern, outcome: loses ? 'wins over' : 'loses to', why }
}

/** As far as its port and groups go, and 443 where it has none. */
async function matchesOf(
  { reach, facts }: AdditionPreview,
  { activity, registry }: Plane,
): Promise<Preview['matches']> {
  const { id, port, groups } = reach
  const now = Date.now()
  const hasBegun = facts === null || facts.notBefore <= now
  const ruleOf = ruleBy(reach.hosts)
  const slice = new TimeSlice()
  const matches: Preview['matches'][number][] = []
  for (const { host, requests } of activity.allHostsInLastHour()) {
    if (slice.isOver) await slice.next()
    const rule = ruleOf(host)
    if (rule === null) continue
    const winner = registry.current.select(host, port ?? DEFAULT_PORT, groups ?? [], now)
    const current = winner.entry?.id ?? null
    const wins =
      winner.entry === null ||
      winner.rule === 'none' ||
      inOrder({ entry: reach, rule }, { entry: winner.entry, rule: winner.rule }) < 0
    // biome-ignore lint/suspicious/noThenProperty: a word of the API; nobody awaits it.
    matches.push({ host, requests, now: current, then: hasBegun && wins ? id : current })
    if (matches.length === MOST_SHOWN) break
  }
  return matches
}
