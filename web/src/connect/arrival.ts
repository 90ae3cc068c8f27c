import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { type Failure, failureOf } from '../traffic/request-words.ts'

/** What the arrival of a runner's request shows. */
export interface Verdict {
  readonly kind: 'good' | 'warn' | 'bad'
  readonly title: string
  /** Empty when there is nothing to do. */
  readonly advice: string
}

/** Judges the first request of a runner that is being connected. */
export function verdictOf({ certificate, error, status, host, way }: ShownRecord): Verdict {
  if (error !== null) return failed(failureOf(error))
  if (certificate === null) {
    return {
      kind: 'warn',
      title: 'It arrived, and went out without a certificate',
      advice: `No entry matches ${host ?? 'its host'}. Add one, or look at its groups: an entry with groups is only for runners whose proxy URL names one of them.`,
    }
  }
  if (status !== null && status >= 400 && way !== 'connect-h2') {
    return {
      kind: 'warn',
      title: `It arrived, and went out with ${certificate}; the server answered ${status}`,
      advice:
        'The runner is connected. What the server objects to is in its answer: perhaps the certificate is not the one that it lets in, perhaps it is the request.',
    }
  }
  return { kind: 'good', title: `It arrived, and went out with ${certificate}`, advice: '' }
}

function failed({ title, advice }: Failure): Verdict {
  return { kind: 'bad', title: `It arrived, and failed: ${title}`, advice }
}

/** The host that a URL names, as requests are shown with it; null when it is no URL. */
export function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  return new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

/** Whether a request is the one that is waited for; without a host any is. */
export function isAwaited(request: ShownRecord, host: string | null): boolean {
  return host === null || host === '' || request.host === host
}
