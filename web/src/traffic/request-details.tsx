import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'
import { formatBytes } from '../parts/quantity.ts'
import { TimeOf } from '../parts/time.tsx'
import { hashOf } from '../route.ts'
import { requests, revision } from './live-requests.ts'
import { Status } from './request-row.tsx'
import { explainableTarget, failureOf, RULES, urlOf, WAYS } from './request-words.ts'
import { WaterfallChart } from './waterfall-chart.tsx'

interface Properties {
  readonly requestId: string
  readonly onClose: () => void
}

/** Beside the list, where there is room. Takes the focus; Escape closes it. */
export function RequestPanel({ requestId, onClose }: Properties) {
  const heading = useRef<HTMLHeadingElement>(null)
  const id = useId()
  useEffect(() => heading.current?.focus(), [requestId])
  return (
    <aside
      class="card request-panel"
      aria-labelledby={id}
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header class="dialog-head">
        <h2 id={id} ref={heading} tabIndex={-1}>
          Request
        </h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <Details requestId={requestId} />
    </aside>
  )
}

/** The same above the list, on narrower screens. */
export function RequestDialog({ requestId, onClose }: Properties) {
  return (
    <Dialog title="Request" size="large" onClose={onClose}>
      <Details requestId={requestId} />
    </Dialog>
  )
}

function Details({ requestId }: { requestId: string }) {
  revision.value
  const request = requests.find(requestId)
  if (request === undefined) {
    return (
      <div class="dialog-body">
        <p class="quiet">This request is not, or no longer, among those that the page keeps.</p>
      </div>
    )
  }
  return (
    <div class="dialog-body request-details">
      <p class="request-headline">
        <Status {...request} /> <span class="request-method">{request.method}</span>{' '}
        <span class="mono break request-target">{urlOf(request)}</span>
      </p>
      {request.error !== null && <Failed code={request.error} />}
      <Section title="Timing">
        <WaterfallChart request={request} />
      </Section>
      <Section title="Identity">
        <Identity {...request} />
      </Section>
      <Section title="Exchange">
        <Exchange {...request} />
      </Section>
    </div>
  )
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="details-section">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function Failed({ code }: { code: string }) {
  const { title, advice } = failureOf(code)
  return (
    <Notice kind="bad" title={title}>
      <p>
        <Prose text={advice} />
      </p>
      <p class="small quiet">
        <code>{code}</code>
      </p>
    </Notice>
  )
}

function Identity(request: ShownRecord) {
  const { certificate, rule, generation, host } = request
  return (
    <>
      <dl class="facts">
        <dt>Certificate</dt>
        <dd>
          {certificate === null ? (
            'none'
          ) : (
            <a href={hashOf('certificates', { search: certificate })}>{certificate}</a>
          )}
        </dd>
        {rule !== null && (
          <>
            <dt>Chosen</dt>
            <dd>{RULES[rule]}</dd>
          </>
        )}
        {generation !== null && (
          <>
            <dt>Generation</dt>
            <dd>{generation} of the registry</dd>
          </>
        )}
      </dl>
      {host !== null && (
        <p class="small">
          <a href={hashOf('explain', { target: explainableTarget(request) })}>
            Which certificate wins for this host now, and why?
          </a>
        </p>
      )}
    </>
  )
}

function Exchange({ way, startedAt, bytesIn, bytesOut, requestId }: ShownRecord) {
  return (
    <dl class="facts">
      <dt>Way</dt>
      <dd>{way === null ? 'unknown' : `${way}, ${WAYS[way]}`}</dd>
      <dt>Began</dt>
      <dd>
        <TimeOf at={startedAt} />
      </dd>
      <dt>Sent</dt>
      <dd>{formatBytes(bytesIn)}</dd>
      <dt>Received</dt>
      <dd>{formatBytes(bytesOut)}</dd>
      <dt>Request id</dt>
      <dd class="request-id">
        <code>{requestId}</code>
        <CopyButton text={requestId} of="the request id" />
        <span class="small quiet">The same as in the access log, and in the body of an error.</span>
      </dd>
    </dl>
  )
}
