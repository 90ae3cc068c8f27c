import './traffic.css'
import { useEffect, useRef } from 'preact/hooks'
import { connection } from '../live.ts'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/use-media.ts'
import { View } from '../parts/view.tsx'
import { hashOf, replaceRoute, route } from '../route.ts'
import { Filters } from './filters.tsx'
import { filter, followRequests, holds, isFilled, isHeld, requests, revision } from './live-requests.ts'
import { RequestDialog, RequestPanel } from './request-details.tsx'
import { isSameFilter, readFilter } from './request-filter.ts'
import { RequestGrid } from './request-grid.tsx'

/** A browser lets a page change its address only so often. */
const ADDRESS_AFTER_MS = 300

/** The requests as they come, the newest first. */
export function TrafficView() {
  const isWide = useMedia('(min-width: 80rem)')
  const openId = route.value.query.get('request')
  useFilterInAddress()
  useEffect(() => {
    followRequests()
    return () => {
      for (const hold of [holds.scrolled, holds.focused, holds.open]) hold.value = false
    }
  }, [])
  useEffect(() => {
    holds.open.value = openId !== null
  }, [openId])

  const lastOpen = useRef<string | null>(null)
  useEffect(() => {
    lastOpen.current = openId
  }, [openId])
  const closedId = openId === null ? lastOpen.current : null

  revision.value
  const isEmpty = requests.total === 0 && requests.waiting === 0
  return (
    <div class="traffic">
      <View title="Traffic" actions={<Controls />}>
        <Filters />
        <div class={openId !== null && isWide ? 'traffic-body beside' : 'traffic-body'}>
          {isEmpty ? <Nothing /> : <RequestGrid openId={openId} closedId={closedId} onOpen={writeAddress} />}
          {openId !== null && isWide && (
            <RequestPanel requestId={openId} onClose={() => writeAddress(null)} />
          )}
        </div>
        {openId !== null && !isWide && (
          <RequestDialog requestId={openId} onClose={() => writeAddress(null)} />
        )}
      </View>
    </div>
  )
}

/** Links lead to a filter, and what is typed is in the address soon. */
function useFilterInAddress(): void {
  const { query } = route.value
  const wanted = filter.value
  useEffect(() => {
    const asked = readFilter(query)
    if (!isSameFilter(asked, filter.peek())) filter.value = asked
  }, [query])
  useEffect(() => {
    if (isSameFilter(readFilter(route.peek().query), wanted)) return
    const timer = setTimeout(() => writeAddress(route.peek().query.get('request')), ADDRESS_AFTER_MS)
    return () => clearTimeout(timer)
  }, [wanted])
}

function writeAddress(openId: string | null): void {
  replaceRoute(hashOf('traffic', { ...filter.peek(), request: openId ?? '' }))
}

function Controls() {
  revision.value
  const { paused } = holds
  const { waiting } = requests
  return (
    <>
      {isHeld.value && waiting > 0 && (
        <button type="button" class="button new-requests" onClick={resume}>
          {waiting.toLocaleString()} new
          <span class="hidden"> requests: show them</span>
        </button>
      )}
      <button
        type="button"
        class="button"
        onClick={() => {
          if (paused.value) resume()
          else paused.value = true
        }}
      >
        <Icon name={paused.value ? 'play' : 'pause'} />
        {paused.value ? 'Resume' : 'Pause'}
      </button>
    </>
  )
}

/** Lets in what has waited, and goes back to the newest. */
function resume(): void {
  for (const hold of Object.values(holds)) hold.value = false
  writeAddress(null)
}

function Nothing() {
  if (!isFilled.value && connection.value !== 'lost') return null
  return (
    <div class="card empty">
      <Icon name="pulse" />
      <h2>No request yet</h2>
      <p class="quiet">
        Each request that comes through the proxy shows up here as soon as it has ended. None does?{' '}
        <a href={hashOf('connect')}>Connect a runner</a> has the lines to paste, and a test.
      </p>
    </div>
  )
}
