import { type Signal, useSignal } from '@preact/signals'
import { useCallback, useEffect } from 'preact/hooks'
import { type ApiError, get } from '../api.ts'
import { openings } from '../live.ts'

/** What a path of the API gives: the latest answer stays while a newer one is fetched, or fails to come. */
export interface Answer<Data> {
  readonly data: Data | null
  readonly error: ApiError | null
}

interface Fetched<Data> {
  readonly answer: Signal<Answer<Data>>
  /** Asks again. */
  readonly refresh: () => void
}

/** Reads `path` now, and anew whenever the stream of events opens: what happened in between is not on it. */
export function useAnswer<Data>(path: string): Fetched<Data> {
  const answer = useSignal<Answer<Data>>({ data: null, error: null })
  const times = useSignal(0)
  const opened = openings.value
  const asked = times.value
  useEffect(() => {
    const abort = new AbortController()
    get<Data>(path, abort.signal).then(
      data => {
        answer.value = { data, error: null }
      },
      error => {
        if (!abort.signal.aborted) answer.value = { data: answer.peek().data, error }
      },
    )
    return () => abort.abort()
  }, [path, opened, asked])
  const refresh = useCallback(() => {
    times.value++
  }, [times])
  return { answer, refresh }
}
