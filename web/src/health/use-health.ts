import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SeriesPoint, Status, StatusEvent } from '../../../src/admin/schemas.ts'
import type { ApiError } from '../api.ts'
import { onLive } from '../live.ts'
import { useAnswer } from '../parts/use-answer.ts'

/** As long as one point of the series; memory and processor time come no sooner. */
const REFRESH_EVERY_MS = 10_000

interface Health {
  /** With the latest connections and the latest points; null until the first answer. */
  readonly status: Signal<Status | null>
  readonly error: ApiError | null
}

/** How the process is, as it goes on. */
export function useHealth(): Health {
  const { answer, refresh } = useAnswer<Status>('/api/status')
  const status = useSignal<Status | null>(null)
  const { data, error } = answer.value

  useEffect(() => {
    if (data !== null) status.value = data
  }, [data, status])
  useEffect(() => onLive('registry', refresh), [refresh])
  useEffect(
    () =>
      onLive<StatusEvent>('status', ({ connections, point }) => {
        const current = status.peek()
        if (current !== null)
          status.value = { ...current, connections, series: withPoint(current.series, point) }
      }),
    [status],
  )
  useEffect(() => {
    const timer = setInterval(refresh, REFRESH_EVERY_MS)
    return () => clearInterval(timer)
  }, [refresh])

  return { status, error }
}

/** The last point is still being counted, and comes again and again. */
function withPoint(series: readonly SeriesPoint[], point: SeriesPoint | null): readonly SeriesPoint[] {
  if (point === null) return series
  return [...series.filter(({ at }) => at < point.at), point]
}
