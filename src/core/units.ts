const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/** Milliseconds of `30s`, `5m`, `250ms`, `1h`, `2d`; null when the text is no duration. */
export function parseDuration(text: string): number | null {
  return parseUnits(text, MILLISECONDS)
}

/** Bytes of `64KiB`, `1MiB`, `512B`; null when the text is no size. */
export function parseSize(text: string): number | null {
  return parseUnits(text, BYTES)
}

function parseUnits(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d{1,9})([a-zA-Z]{1,3})$/.exec(text)
  const unit = units[match?.[2] ?? '']
  return unit === undefined ? null : Number(match?.[1]) * unit
}
