import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { onLive } from '../live.ts'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'
import { formatMs } from '../parts/quantity.ts'
import { hashOf } from '../route.ts'
import { urlOf, WAYS } from '../traffic/request-words.ts'
import { hostOf, isAwaited, verdictOf } from './arrival.ts'
import { curl, type RunnerFamily } from './runner-families.ts'
import type { RunnerSetup } from './runner-setup.ts'
import { SnippetBlock } from './snippet-block.tsx'

/** After so long something is likely to be wrong. */
const PATIENCE_MS = 15_000

/** Waits for a runner's request, and says what its arrival shows. */
export function ArrivalTest({ family, setup }: { family: RunnerFamily; setup: RunnerSetup }) {
  const isWaiting = useSignal(false)
  const isLate = useSignal(false)
  const arrived = useSignal<ShownRecord | null>(null)
  /** The latest to another host, and how many. */
  const others = useSignal<{ readonly count: number; readonly last: ShownRecord } | null>(null)
  const host = hostOf(setup.url)
  const waiting = isWaiting.value

  useEffect(() => {
    if (!waiting) return
    const stop = onLive<ShownRecord>('request', request => {
      if (isAwaited(request, host)) {
        arrived.value = request
        isWaiting.value = false
      } else others.value = { count: (others.peek()?.count ?? 0) + 1, last: request }
    })
    const timer = setTimeout(() => {
      isLate.value = true
    }, PATIENCE_MS)
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [waiting, host])

  function start() {
    arrived.value = null
    others.value = null
    isLate.value = false
    isWaiting.value = true
  }

  return (
    <section class="card arrival" aria-label="Test">
      <div class="arrival-head">
        <h2>Does it arrive?</h2>
        {waiting ? (
          <button
            type="button"
            class="button"
            onClick={() => {
              isWaiting.value = false
            }}
          >
            Stop waiting
          </button>
        ) : (
          <button type="button" class="button primary" onClick={start}>
            {arrived.value === null ? 'Wait for a request' : 'Wait for another'}
          </button>
        )}
      </div>
      {waiting && (
        <SnippetBlock
          title={
            family.trial === null ? 'Now start the runner, or this' : 'Now run this, or the runner itself'
          }
          text={(family.trial ?? curl)(setup)}
        />
      )}
      <div role="status" class="arrival-result">
        {waiting && (
          <p class="waiting">
            Waiting for a request{host !== null && ` to ${host}`}
            {isLate.value && ', and none has come so far'}
          </p>
        )}
        {arrived.value !== null && <Arrived request={arrived.value} />}
      </div>
      {waiting && others.value !== null && <Others {...others.value} />}
      {waiting && isLate.value && <WhyNot />}
    </section>
  )
}

function Arrived({ request }: { request: ShownRecord }) {
  const { kind, title, advice } = verdictOf(request)
  const { method, way, certificate, status, totalMs, error, requestId } = request
  return (
    <Notice kind={kind} title={title}>
      {advice !== '' && (
        <p>
          <Prose text={advice} />
        </p>
      )}
      <dl class="facts arrival-facts">
        <dt>Request</dt>
        <dd>
          {method} {urlOf(request)}
        </dd>
        <dt>Way</dt>
        <dd>{way === null ? 'unknown' : `${way}, ${WAYS[way]}`}</dd>
        <dt>Identity</dt>
        <dd>{certificate ?? 'none'}</dd>
        <dt>Answer</dt>
        <dd>
          {error === null ? (status ?? 'none') : `${status ?? 'none'}, ${error}`}, after {formatMs(totalMs)}
        </dd>
      </dl>
      <p>
        <a href={hashOf('traffic', { request: requestId })}>Its timing and more, in Traffic</a>
      </p>
    </Notice>
  )
}

function Others({ count, last }: { count: number; last: ShownRecord }) {
  return (
    <p class="small quiet">
      {count === 1 ? 'A request to another host' : `${count} requests to other hosts`} arrived meanwhile, the
      last to <a href={hashOf('traffic', { request: last.requestId })}>{last.host ?? 'an unknown host'}</a>.
    </p>
  )
}

function WhyNot() {
  return (
    <Notice kind="info" title="Why nothing may arrive">
      <ul class="why-not">
        <li>
          <code>NO_PROXY</code> names the host. <code>localhost</code>, <code>127.0.0.1</code> and{' '}
          <code>::1</code> are always in it; give a local API another name, by <code>resolve</code> in the
          settings.
        </li>
        <li>
          The runner does not read the variables, or reads them in lower case only, or has a proxy or an agent
          of its own: its notes here say what it reads.
        </li>
        <li>The variables were set in another shell, or after the runner had started.</li>
        <li>
          The runner does not trust the local authority, and hung up before its first request: it shows a TLS
          error of its own, and the log of certhop warns with the host.
        </li>
        <li>The runner is in a container or on another machine, where this address is not this machine.</li>
        <li>
          A tunnel that is not opened and an HTTP/2 connection are shown when they end, not when they begin.
        </li>
      </ul>
    </Notice>
  )
}
