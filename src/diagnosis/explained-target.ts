import { CerthopError } from '../core/errors.ts'
import type { Target } from '../http1/target.ts'
import { certificatePort, type Policy, planRequest } from '../proxy/plan.ts'
import { type DescribedError, describeError } from '../registry/described-entry.ts'
import type { Explanation } from '../registry/explain.ts'
import type { Selection } from '../registry/selection.ts'
import type { Snapshot } from '../registry/snapshot.ts'

/** Which certificate wins for a target, and what becomes of a request for it: what `explain --json` prints. */
export interface ExplainedTarget extends Omit<Explanation, 'error'> {
  readonly target: Pick<Target, 'scheme' | 'host' | 'port'> & { readonly groups: readonly string[] }
  readonly error: DescribedError | null
  readonly way: ExplainedWay
}

/**
 * What becomes of a request for a target: `tls` goes out over TLS with the winning certificate, `plain` in clear text and
 * `tunnel` through an unopened tunnel, both without one; `refused` is answered by certhop itself.
 */
export type ExplainedWay = 'tls' | 'plain' | 'tunnel' | 'refused'

/** `policy` is what the settings say. Asks the proxy's own plan, so that the answer is what a request would get. */
export function explainTarget(
  target: Target,
  groups: readonly string[],
  snapshot: Snapshot,
  policy: Policy,
): ExplainedTarget {
  const { scheme, host, port } = target
  const now = Date.now()
  const asked = [host, certificatePort(target), groups, now] as const
  const { certificate, rule, reason, usable, candidates } = snapshot.explain(...asked)
  const { way, error } = outcomeOf(target, snapshot.select(...asked), policy)
  return {
    target: { scheme, host, port, groups },
    ...{ certificate, rule, reason, usable, error: describeError(error), way, candidates },
  }
}

function outcomeOf(
  target: Target,
  selection: Selection,
  policy: Policy,
): { way: ExplainedWay; error: CerthopError | null } {
  try {
    const route = planRequest(target, selection, policy)
    if (route.identity !== null) return { way: 'tls', error: null }
    return { way: route.tls ? 'tunnel' : 'plain', error: null }
  } catch (error) {
    if (error instanceof CerthopError) return { way: 'refused', error }
    throw error
  }
}
