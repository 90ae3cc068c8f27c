interface Description {
  /** The head of its column, with its unit. */
  readonly title: string
  readonly digits: number
  /** What of the rounds counts. */
  readonly over: 'median' | 'maximum'
  readonly isShare?: true
}

/** What is measured. Of all but `requests` less is better. */
export const QUANTITIES = {
  /** Microseconds that the scheduler gave to all processes and threads of a contender, divided by its requests. */
  cpu: { title: 'CPU µs a request', digits: 1, over: 'median' },
  /** A second. */
  requests: { title: 'requests a second', digits: 0, over: 'median' },
  /** Milliseconds from a request to the end of its answer. */
  p50: { title: 'p50 ms', digits: 2, over: 'median' },
  p99: { title: 'p99 ms', digits: 2, over: 'median' },
  p999: { title: 'p99.9 ms', digits: 2, over: 'median' },
  /** The most memory that its processes have held, in MiB; pages they share count once for each. */
  peak: { title: 'peak MiB', digits: 0, over: 'maximum' },
  /** The share of its core that it used, 0 to 1. Well under 1, the load or the server set the pace. */
  busy: { title: 'core used', digits: 0, over: 'median', isShare: true },
  /** The share of its core that others took, 0 to 1. They also cost it its caches: its numbers are then too high. */
  others: { title: 'by others', digits: 0, over: 'median', isShare: true },
} as const satisfies Record<string, Description>

export type Quantity = keyof typeof QUANTITIES

/** What one contender did in one round. */
export type Figures = Readonly<Partial<Record<Quantity, number>>>

/** As it stands in a table; empty for none. */
export function formatQuantity(quantity: Quantity, value: number | undefined): string {
  if (value === undefined) return ''
  const description: Description = QUANTITIES[quantity]
  return description.isShare ? formatShare(value) : value.toFixed(description.digits)
}

export function formatShare(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
