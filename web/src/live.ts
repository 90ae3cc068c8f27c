import { effect, signal } from '@preact/signals'
import { get, session } from './api.ts'

/** Whether news arrive: `live`, on the way there, or `lost` and tried again and again. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting')

/** Grows each time that the stream opens; news between two openings are lost, so views read everything anew. */
export const openings = signal(0)

const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

const listeners = new Map<string, Set<(data: never) => void>>()
let source: EventSource | null = null
let retry: ReturnType<typeof setTimeout> | undefined
let pauseMs = SHORTEST_PAUSE_MS

/** Calls `listener` with the JSON of each event of that name (`request`, `registry`, `status`). Returns what ends it. */
export function onLive<Data>(name: string, listener: (data: Data) => void): () => void {
  const set = listeners.get(name) ?? new Set()
  listeners.set(name, set.add(listener))
  source?.addEventListener(name, dispatch)
  return () => set.delete(listener)
}

function dispatch({ type, data }: MessageEvent<string>): void {
  const event = JSON.parse(data) as never
  for (const listener of listeners.get(type) ?? []) listener(event)
}

/** Listens to the events of the admin plane while this browser is signed in. */
export function followEvents(): void {
  effect(() => {
    if (session.value === 'signed in') open()
    else close()
  })
  addEventListener('online', openNow)
  document.addEventListener('visibilitychange', openNow)
  // A browser keeps few connections to one origin: a page that is put away must not hold one.
  addEventListener('pagehide', close)
  addEventListener('pageshow', openNow)
}

function open(): void {
  close()
  source = new EventSource('/api/events')
  source.addEventListener('open', () => {
    pauseMs = SHORTEST_PAUSE_MS
    connection.value = 'live'
    openings.value++
  })
  source.addEventListener('error', reopenLater)
  for (const name of listeners.keys()) source.addEventListener(name, dispatch)
}

function openNow(): void {
  if (source !== null || session.value !== 'signed in' || document.visibilityState === 'hidden') return
  open()
}

function reopenLater(): void {
  close()
  connection.value = 'lost'
  // An EventSource doesn't tell its status; this does, and signs out after a 401.
  get('/api/status').catch(() => undefined)
  // Some chance, so that many pages don't come back in step.
  retry = setTimeout(openNow, pauseMs * (0.75 + Math.random() / 2))
  pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
}

function close(): void {
  clearTimeout(retry)
  source?.close()
  source = null
}
