/** How a number stands in a table: with so many digits behind the point, or in all, or as percent. */
type Format = { readonly decimals: number } | { readonly significant: number } | 'share'

interface Description {
  /** The head of its column, with its unit. */
  readonly title: string
  readonly format: Format
  /** What of the rounds counts. */
  readonly over: 'median' | 'maximum'
}

const MILLISECONDS = { format: { significant: 3 }, over: 'median' } as const

/** What is measured. Of all but `requests` less is better. */
export const QUANTITIES = {
  /** Microseconds that the scheduler gave to all processes and threads of a contender, divided by its requests. */
  cpu: { title: 'CPU µs a request', format: { decimals: 1 }, over: 'median' },
  /** A second. */
  requests: { title: 'requests a second', format: { decimals: 0 }, over: 'median' },
  /** From a request to the end of its answer. */
  p50: { title: 'p50 ms', ...MILLISECONDS },
  p99: { title: 'p99 ms', ...MILLISECONDS },
  p999: { title: 'p99.9 ms', ...MILLISECONDS },
  /** The longest that a request has waited for its answer. */
  stall: { title: 'longest ms', format: { significant: 3 }, over: 'maximum' },
  /** From a change of the registry until no request is answered under what was before. */
  inForce: { title: 'ms until in force', format: { decimals: 0 }, over: 'maximum' },
  /** Deciding who wins for a host that was asked for before. */
  lookUp: { title: 'ns a look-up', format: { decimals: 0 }, over: 'median' },
  /** The same for one that was not. */
  firstLookUp: { title: 'µs a first look-up', format: { significant: 3 }, over: 'median' },
  /** From the start of its process until it listens. */
  ready: { title: 'ms to ready', ...MILLISECONDS },
  /** What that took of a processor, all threads together. */
  readyCpu: { title: 'CPU ms to ready', ...MILLISECONDS },
  /** The memory that its processes hold when nobody asks them for anything; shared pages count once for each. */
  rest: { title: 'MiB at rest', format: { decimals: 0 }, over: 'median' },
  /** What they use of a processor then. */
  restCpu: { title: 'CPU µs a second at rest', format: { decimals: 0 }, over: 'median' },
  /** The most memory that its processes have held; pages they share count once for each. */
  peak: { title: 'peak MiB', format: { decimals: 0 }, over: 'maximum' },
  /** The share of its core that it used, 0 to 1. Well under 1, the load or the server set the pace. */
  busy: { title: 'core used', format: 'share', over: 'median' },
  /** The share of its core that others took, 0 to 1. They also cost it its caches: its numbers are then too high. */
  others: { title: 'by others', format: 'share', over: 'median' },
} as const satisfies Record<string, Description>

export type Quantity = keyof typeof QUANTITIES

/** What one contender did in one round. */
export type Figures = Readonly<Partial<Record<Quantity, number>>>

/** As it stands in a table; empty for none. */
export function formatQuantity(quantity: Quantity, value: number | undefined): string {
  if (value === undefined) return ''
  const { format }: Description = QUANTITIES[quantity]
  if (format === 'share') return formatShare(value)
  if ('decimals' in format) return value.toFixed(format.decimals)
  const short = Number(value.toPrecision(format.significant))
  // As many digits for 0.5 as for 0.514.
  const whole = Math.abs(short) < 1 ? 0 : Math.trunc(Math.abs(short)).toString().length
  return short.toFixed(Math.max(0, format.significant - whole))
}

export function formatShare(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
