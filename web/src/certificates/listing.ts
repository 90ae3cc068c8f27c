import type { Certificate } from '../../../src/admin/schemas.ts'

/** What the list can be sorted by; each names what comes first in ascending order. */
export const ORDERS = {
  host: 'Host',
  added: 'Added',
  expiry: 'Expires',
  state: 'State',
  requests: 'Requests',
} as const

export type OrderName = keyof typeof ORDERS

export interface Order {
  readonly by: OrderName
  readonly descending: boolean
}

export const NEWEST_FIRST: Order = { by: 'added', descending: true }

/** A click on a heading: the first sorts in its natural direction, the next turns it round. */
export function reordered(order: Order, by: OrderName): Order {
  if (order.by === by) return { by, descending: !order.descending }
  return { by, descending: by === 'added' || by === 'requests' }
}

/** Those of `certificates`, which are in the order of the registry, that hold every word of `search`, in order. */
export function listed(certificates: readonly Certificate[], search: string, order: Order): Certificate[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = certificates.filter(certificate => {
    const text = searchedText(certificate)
    return words.every(word => text.includes(word))
  })
  const sorted = found.sort((a, b) => COMPARE[order.by](a, b))
  return order.descending ? sorted.reverse() : sorted
}

function searchedText({ id, hosts, port, groups, subject, issuer, keyType, state }: Certificate): string {
  return [id, ...hosts, port ?? '', ...groups, subject, issuer, keyType, state].join('\n').toLowerCase()
}

const COMPARE: Readonly<Record<OrderName, (a: Certificate, b: Certificate) => number>> = {
  host: (a, b) => (a.hosts[0] ?? '').localeCompare(b.hosts[0] ?? ''),
  added: (a, b) => timeOf(a.addedAt) - timeOf(b.addedAt),
  expiry: (a, b) => timeOf(a.notAfter) - timeOf(b.notAfter),
  state: (a, b) => urgencyOf(a) - urgencyOf(b),
  requests: (a, b) => a.requests - b.requests,
}

function timeOf(time: string | null): number {
  return time === null ? 0 : Date.parse(time)
}

/** What has to be seen to comes first. */
function urgencyOf({ error, stale, usable }: Certificate): number {
  if (error !== null) return 0
  if (stale !== null) return 1
  return usable ? 3 : 2
}
