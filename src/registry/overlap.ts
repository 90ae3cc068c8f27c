import type { HostPattern } from './pattern.ts'

/** Any one character, or any run of them; otherwise the letter itself. */
type Token = string | typeof ANY | typeof RUN
const ANY = Symbol('any')
const RUN = Symbol('run')

/**
 * Whether there may be a host that both patterns match. Exact for host names, `*` and `?`; a class counts as any
 * character and an alternative in parentheses as any run, so that no overlap is ever missed.
 */
export function mayOverlap(a: HostPattern, b: HostPattern): boolean {
  if (a.host !== null) return b.matches(a.host)
  if (b.host !== null) return a.matches(b.host)
  return haveCommonText(tokensOf(a.text), tokensOf(b.text))
}

function tokensOf(pattern: string): Token[] {
  const parts = pattern.toLowerCase().match(/[?*+@!]\([^)]*\)|\[\[:\w+:\][^\]]*\]|\[[^\]]+\]|\\.|./g) ?? []
  return parts.map(part => {
    if (part.startsWith('*') || part.endsWith(')')) return RUN
    if (part === '?' || part.startsWith('[')) return ANY
    return part.startsWith('\\') ? part.slice(1) : part
  })
}

/** Row by row: `row[j]` says whether what is left of `a` and `b` from `j` on can be the same text. */
function haveCommonText(a: readonly Token[], b: readonly Token[]): boolean {
  let below = suffixes(b)
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = new Array<boolean>(b.length + 1).fill(false)
    row[b.length] = a[i] === RUN && below[b.length] === true
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const [from, to] = [a[i], b[j]]
      if (from === RUN || to === RUN) row[j] = below[j] === true || row[j + 1] === true
      else row[j] = (from === ANY || to === ANY || from === to) && below[j + 1] === true
    }
    below = row
  }
  return below[0] === true
}

/** Whether `tokens` from each index on can be nothing. */
function suffixes(tokens: readonly Token[]): boolean[] {
  return Array.from({ length: tokens.length + 1 }, (_, index) =>
    tokens.slice(index).every(token => token === RUN),
  )
}
