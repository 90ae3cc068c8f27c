import type { CerthopError } from '../core/errors.ts'
import type { CertificateFacts } from '../identity/identity.ts'
import { type GivenParts, type Inspection, inspectParts } from '../identity/inspect.ts'
import { type AddOptions, chooseId, isDated } from './add.ts'
import { CopiedFiles } from './copied-files.ts'
import type { Definition, Reach } from './definition.ts'
import { EditRefused } from './edit-refused.ts'
import { type FieldProblem, findFieldProblems } from './field-problems.ts'
import { expiredFile } from './material.ts'
import { parseHostPattern } from './pattern.ts'
import { findRivals, type Rival } from './rivals.ts'
import type { Snapshot } from './snapshot.ts'

/** A new certificate while it is being put together; anything may still be missing. */
export interface DraftCertificate {
  readonly id?: string | undefined
  readonly hosts: readonly string[]
  readonly port?: number | undefined
  readonly groups?: readonly string[] | undefined
  readonly parts: GivenParts
}

export interface AdditionPreview {
  /** One for each pattern as written; `rule` is null where there is an error. */
  readonly hosts: readonly {
    readonly pattern: string
    readonly rule: 'full' | 'wildcard' | null
    readonly error: { readonly message: string; readonly hint: string } | null
  }[]
  /** The one it would get; null without a host, or when the one that was asked for can't be had. */
  readonly id: string | null
  readonly facts: CertificateFacts | null
  readonly problems: readonly FieldProblem[]
  readonly needsPassphrase: boolean
  readonly rivals: readonly Rival[]
  /** Which requests it would be for. */
  readonly reach: Reach
}

export interface CheckedDraft extends Pick<AdditionPreview, 'facts' | 'problems' | 'needsPassphrase'> {
  /** The first of what is wrong with the files. */
  readonly error: CerthopError | null
}

/** What is wrong with what is there, and that there is no host. */
export async function checkDraft(
  draft: DraftCertificate,
  ageIdentity: AddOptions['ageIdentity'],
): Promise<CheckedDraft> {
  const { facts, faults, needsPassphrase } = await inspectParts(draft.parts, ageIdentity)
  const all = [...faults, ...expired(draft.parts, facts)]
  const materials = all.map(({ part: field, error: { message, hint = '' } }) => ({ field, message, hint }))
  const problems = [...findFieldProblems(draft), ...materials]
  return { facts, problems, needsPassphrase, error: all[0]?.error ?? null }
}

/**
 * What would become of a certificate if it were added to the registry of `snapshot`, whose path is `registry`. Writes
 * nothing. What is missing is no problem here.
 */
export async function previewAddition(
  registry: string,
  snapshot: Snapshot,
  draft: DraftCertificate,
  { ageIdentity }: AddOptions,
): Promise<AdditionPreview> {
  const others = snapshot.entries.map(entry => entry.definition)
  const checked = await checkDraft(draft, ageIdentity)
  const named = draft.hosts.length > 0
  const { facts, needsPassphrase } = checked
  const problems = checked.problems.filter(({ field }) => field !== 'host' || named)
  const id = named ? freeId(registry, draft, others, problems) : null
  const reach = reachOf(draft, id ?? '', others)
  return {
    hosts: draft.hosts.map(describeHost),
    id,
    facts,
    problems,
    needsPassphrase,
    rivals: await findRivals(reach, others),
    reach,
  }
}

/** By what patterns match a host, as `normalizeHost` returns it; null when none does. What is no pattern matches nothing. */
export function ruleBy(hosts: readonly string[]): (host: string) => 'full' | 'wildcard' | null {
  const patterns = hosts.map(parseHostPattern).flatMap(parsed => ('message' in parsed ? [] : parsed))
  return host => {
    const matching = patterns.filter(pattern => pattern.matches(host))
    if (matching.some(pattern => pattern.host !== null)) return 'full'
    return matching.length > 0 ? 'wildcard' : null
  }
}

function describeHost(pattern: string): AdditionPreview['hosts'][number] {
  const parsed = parseHostPattern(pattern)
  if ('message' in parsed) return { pattern, rule: null, error: parsed }
  const isFull = parsed.every(({ host }) => host !== null)
  return { pattern, rule: isFull ? 'full' : 'wildcard', error: null }
}

type Fault = Inspection['faults'][number]

function expired({ cert, pkcs12 }: GivenParts, facts: CertificateFacts | null): Fault[] {
  const error = facts === null ? null : expiredFile((cert ?? pkcs12)?.path ?? '', facts.notAfter)
  return error === null ? [] : [{ part: cert === undefined ? 'pkcs12' : 'cert', error }]
}

/** A problem is added when it can't be had. */
function freeId(
  registry: string,
  draft: DraftCertificate,
  others: readonly Definition[],
  problems: FieldProblem[],
): string | null {
  if (problems.some(({ field }) => field === 'id')) return null
  try {
    return chooseId(draft, others, new CopiedFiles(registry))
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error
    problems.push({ field: 'id', message: error.message, hint: error.hint ?? '' })
    return null
  }
}

function reachOf(draft: DraftCertificate, id: string, others: readonly Definition[]): Reach {
  const { hosts, port, groups = [] } = draft
  return {
    id,
    hosts,
    port: port ?? null,
    groups: groups.length === 0 ? null : groups,
    addedAt: isDated(others) ? Date.now() : null,
    position: others.length + 1,
  }
}
