// biome-ignore-all lint/a11y/useSemanticElements: the rows of a table can't be placed one by one
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, not their cells
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { filter, holds, requests, revision } from './live-requests.ts'
import { COLUMNS, RequestRow } from './request-row.tsx'
import { rowWindow, type Scroll, scrollTopFor } from './row-window.ts'

/** Until a row is drawn and measured, in pixels. */
const LIKELY_ROW_HEIGHT = 32

interface Properties {
  /** The request whose details are open; null for none. */
  readonly openId: string | null
  /** The one whose details have just been closed: its row gets the focus back. */
  readonly closedId: string | null
  readonly onOpen: (requestId: string) => void
}

/**
 * A grid (ARIA) of which only the rows in view are drawn, whatever its length. One row takes part in the order of the tab
 * key; from there arrows, Page Up and Down, Home and End lead to the others, and Enter opens.
 */
export function RequestGrid({ openId, closedId, onOpen }: Properties) {
  const scroller = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(0)
  const rowHeight = useSignal(LIKELY_ROW_HEIGHT)
  const activeId = useSignal<string | null>(null)
  const wantsFocus = useRef(false)

  revision.value
  const rows = requests.length
  const scroll: Scroll = { top: top.value, height: height.value, rowHeight: rowHeight.value, rows }
  const { first, end } = rowWindow(scroll)
  const active = Math.max(0, activeId.value === null ? 0 : requests.indexOf(activeId.value))
  const drawn = Array.from({ length: end - first }, (_, index) => first + index)
  // It may have the focus, and must not lose it by being scrolled away.
  if (active < rows && (active < first || active >= end)) drawn.push(active)

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = () => {
      height.value = element.clientHeight - (head.current?.offsetHeight ?? 0)
      const row = element.querySelector('.request-row')
      if (row !== null) rowHeight.value = row.getBoundingClientRect().height || LIKELY_ROW_HEIGHT
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [rows > 0])

  useLayoutEffect(() => {
    if (!wantsFocus.current) return
    wantsFocus.current = false
    rowElement(scroller.current, activeId.peek())?.focus({ preventScroll: true })
  })

  useEffect(() => {
    if (closedId === null) return
    activeId.value = closedId
    wantsFocus.current = true
  }, [closedId])

  // Resumed, or another filter: the newest are at the top.
  const isScrolled = holds.scrolled.value
  useEffect(() => {
    if (!isScrolled) scroller.current?.scrollTo(0, 0)
  }, [isScrolled])
  useEffect(() => {
    scroller.current?.scrollTo(0, 0)
  }, [filter.value])

  function onScroll() {
    top.value = scroller.current?.scrollTop ?? 0
    holds.scrolled.value = top.value > 0
  }

  function moveTo(index: number) {
    const request = requests.at(Math.min(Math.max(0, index), rows - 1))
    if (request === undefined || scroller.current === null) return
    activeId.value = request.requestId
    scroller.current.scrollTop = scrollTopFor(requests.indexOf(request.requestId), scroll)
    top.value = scroller.current.scrollTop
    wantsFocus.current = true
  }

  function onKeyDown(event: KeyboardEvent) {
    const page = Math.max(1, Math.floor(height.value / rowHeight.value) - 1)
    const target = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
    }
    const ends = { Home: 0, End: rows - 1 }
    const index = { ...target, ...ends }[event.key]
    const request = requests.at(active)
    if (index !== undefined) moveTo(index)
    else if ((event.key === 'Enter' || event.key === ' ') && request !== undefined) onOpen(request.requestId)
    else return
    event.preventDefault()
  }

  function open(request: ShownRecord) {
    activeId.value = request.requestId
    onOpen(request.requestId)
  }

  return (
    <div
      class="card requests"
      role="grid"
      aria-label="Requests, the newest first"
      aria-rowcount={rows + 1}
      aria-readonly="true"
    >
      <div role="presentation" class="requests-scroll" ref={scroller} onScroll={onScroll}>
        <div role="rowgroup" class="requests-head" ref={head}>
          <div role="row" aria-rowindex={1} class="request-columns">
            {COLUMNS.map(({ name, label }) => (
              <div role="columnheader" class={`request-${name}`} key={name}>
                {label}
              </div>
            ))}
          </div>
        </div>
        {rows === 0 && <p class="nothing quiet">No request matches these filters.</p>}
        <div
          role="rowgroup"
          class="requests-space"
          style={{ height: `${rows * rowHeight.value}px` }}
          onKeyDown={onKeyDown}
          onFocusIn={event => {
            holds.focused.value = (event.target as Element).matches(':focus-visible')
          }}
          onFocusOut={() => {
            holds.focused.value = false
          }}
        >
          {drawn.map(index => {
            const request = requests.at(index)
            return (
              request && (
                <RequestRow
                  key={request.requestId}
                  request={request}
                  index={index}
                  top={index * rowHeight.value}
                  isActive={index === active}
                  isOpen={request.requestId === openId}
                  onOpen={open}
                />
              )
            )
          })}
        </div>
      </div>
    </div>
  )
}

function rowElement(scroller: Element | null, requestId: string | null): HTMLElement | null {
  if (scroller === null || requestId === null) return null
  return scroller.querySelector(`[data-request="${CSS.escape(requestId)}"]`)
}
