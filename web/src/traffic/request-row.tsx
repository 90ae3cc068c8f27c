// biome-ignore-all lint/a11y/useSemanticElements: the rows of a table can't be placed one by one
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, not their cells
import { Component } from 'preact'
import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { formatMs } from '../parts/quantity.ts'

/** In the order in which a row shows them. */
export const COLUMNS = [
  { name: 'time', label: 'Time' },
  { name: 'status', label: 'Status' },
  { name: 'method', label: 'Method' },
  { name: 'what', label: 'Request' },
  { name: 'certificate', label: 'Certificate' },
  { name: 'way', label: 'Way' },
  { name: 'duration', label: 'Took' },
] as const

interface Properties {
  readonly request: ShownRecord
  /** The place in the list, from 0. */
  readonly index: number
  /** Pixels from the top of the list. */
  readonly top: number
  /** The row that the tab key leads to. */
  readonly isActive: boolean
  readonly isOpen: boolean
  readonly onOpen: (request: ShownRecord) => void
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
})

/** Drawn anew only when something of it has changed: most of a list that grows only moves. */
export class RequestRow extends Component<Properties> {
  override shouldComponentUpdate(next: Properties): boolean {
    const { request, index, top, isActive, isOpen } = this.props
    return (
      request !== next.request ||
      index !== next.index ||
      top !== next.top ||
      isActive !== next.isActive ||
      isOpen !== next.isOpen
    )
  }

  override render({ request, index, top, isActive, isOpen, onOpen }: Properties) {
    const { requestId, startedAt, method, certificate, way, totalMs, error } = request
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys of all its rows
      <div
        role="row"
        class="request-row request-columns"
        data-request={requestId}
        aria-rowindex={index + 2}
        aria-selected={isOpen}
        tabIndex={isActive ? 0 : -1}
        style={{ transform: `translateY(${top}px)` }}
        onClick={() => onOpen(request)}
      >
        <div role="gridcell" class="request-time">
          {CLOCK.format(new Date(startedAt))}
        </div>
        <div role="gridcell" class="request-status">
          <Status {...request} />
        </div>
        <div role="gridcell" class="request-method">
          {method ?? '–'}
        </div>
        <div role="gridcell" class="request-what">
          <What {...request} />
        </div>
        <div role="gridcell" class="request-certificate">
          {error !== null && <span class="request-error">{error}</span>}
          <span class={certificate === null ? 'quiet' : ''}>{certificate ?? 'none'}</span>
        </div>
        <div role="gridcell" class="request-way">
          {way ?? '–'}
        </div>
        <div role="gridcell" class="request-duration">
          {formatMs(totalMs)}
        </div>
      </div>
    )
  }
}

/** What the runner got. That it failed is said by more than a colour: the code stands beside it. */
export function Status({ status, error }: Pick<ShownRecord, 'status' | 'error'>) {
  return <span class={`status ${toneOf(status, error)}`}>{status ?? '–'}</span>
}

function toneOf(status: number | null, error: string | null): string {
  if (error !== null || status === null || status >= 500) return 'bad'
  return status >= 400 ? 'warn' : 'good'
}

function What({ host, port, path, error }: ShownRecord) {
  return (
    <>
      <span class="request-url">
        {host ?? 'unknown'}
        {port !== null && port !== 443 && port !== 80 && `:${port}`}
        <span class="quiet">{path}</span>
      </span>
      {error !== null && <span class="badge bad">{error}</span>}
    </>
  )
}
