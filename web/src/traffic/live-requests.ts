import { batch, computed, effect, signal } from '@preact/signals'
import type { Requests, ShownRecord } from '../../../src/admin/schemas.ts'
import { get, session } from '../api.ts'
import { onLive, openings } from '../live.ts'
import { EVERYTHING, type RequestFilter, requestMatcher } from './request-filter.ts'
import { RequestList } from './request-list.ts'

/** So many are not left waiting for a frame: a page in the background draws none. */
const MOST_UNDRAWN = 1000

/** The requests of this page's life, and before it those that certhop kept. */
export const requests = new RequestList()

/** Grows with every change of `requests`: read it where they are drawn. */
export const revision = signal(0)

/** Which of them are shown. */
export const filter = signal<RequestFilter>(EVERYTHING)

/** Why nothing may move just now; any of them is enough. */
export const holds = {
  /** The user has said so. */
  paused: signal(false),
  /** The list is scrolled down. */
  scrolled: signal(false),
  /** The keyboard is in the list. */
  focused: signal(false),
  /** A request's details are open. */
  open: signal(false),
}

export const isHeld = computed(() => Object.values(holds).some(hold => hold.value))

/** True once the requests that certhop kept have been asked for. */
export const isFilled = signal(false)

let arrived: ShownRecord[] = []
let frame = 0
/** While the gap before them is filled, requests from the stream have to wait behind what is in it. */
let filling = 0
let isFollowing = false

/** Gathers requests from now on, also while another view is shown. */
export function followRequests(): void {
  if (isFollowing) return
  isFollowing = true
  onLive<ShownRecord>('request', receive)
  effect(() => {
    const signedIn = session.value === 'signed in'
    // Whatever was told between two openings of the stream is missing.
    openings.value
    if (signedIn) void fill()
    else forget()
  })
  effect(() => {
    if (isHeld.value) requests.hold()
    else requests.release()
    changed()
  })
  effect(() => {
    requests.filter(requestMatcher(filter.value))
    changed()
  })
}

function receive(request: ShownRecord): void {
  arrived.push(request)
  if (filling > 0) return
  if (arrived.length >= MOST_UNDRAWN) take()
  else if (frame === 0) frame = requestAnimationFrame(take)
}

function take(): void {
  cancelAnimationFrame(frame)
  frame = 0
  if (filling > 0 || arrived.length === 0) return
  requests.add(arrived)
  arrived = []
  changed()
}

async function fill(): Promise<void> {
  filling += 1
  try {
    const { requests: kept } = await get<Requests>('/api/requests')
    requests.add(kept.toReversed())
  } catch {
    // The stream opens again by and by, and with it this is tried again.
  }
  batch(() => {
    filling -= 1
    isFilled.value = true
    take()
    changed()
  })
}

function forget(): void {
  arrived = []
  isFilled.value = false
  requests.clear()
  changed()
}

function changed(): void {
  revision.value = revision.peek() + 1
}
