import { type HostPattern, parseHostPattern } from './pattern.ts'

/**
 * True for hosts (as `normalizeHost` returns them) that one of `patterns` matches. Throws on a pattern that is none: a
 * rule that silently matches nothing would let through what it was written to stop.
 */
export function hostMatcher(patterns: readonly string[]): (host: string) => boolean {
  const parsed: HostPattern[] = []
  for (const text of patterns) {
    const result = parseHostPattern(text)
    if ('message' in result) throw new Error(`The host pattern \`${text}\` ${result.message}: ${result.hint}`)
    parsed.push(...result)
  }
  return host => parsed.some(pattern => pattern.matches(host))
}
