import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { braceExpand, Minimatch, type MinimatchOptions } from 'minimatch'
import { normalizeHost } from '../core/host.ts'

/** How a host is written in a registry; `message` and `hint` say what is wrong with it and what to write instead. */
export interface PatternFault {
  readonly message: string
  readonly hint: string
}

/** Longer than any host name (RFC 1035 section 2.3.4), with room for alternatives. */
const MAX_LENGTH = 1024
const MAX_ALTERNATIVES = 1000

const OPTIONS: MinimatchOptions = {
  nonegate: true,
  nocomment: true,
  dot: true,
  nocase: true,
  platform: 'linux',
  braceExpandMax: MAX_ALTERNATIVES + 1,
}

const MAGIC = /[*?[\]()|\\]/
const PLAIN_HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

/** One host name, or one wildcard over whole host names. Braces are already expanded. */
export class HostPattern {
  /** As expanded, with IDNs in punycode. */
  readonly text: string
  /** The normalised name when the pattern is a full host name; null for a wildcard. */
  readonly host: string | null
  /** The letters that every matching host ends with: most hosts are told apart without compiling the pattern. */
  readonly #suffix: string
  #matcher: Minimatch | null = null

  constructor(text: string, host: string | null) {
    this.text = text
    this.host = host
    this.#suffix = /[^*?[\]()|\\]*$/.exec(text)?.[0].toLowerCase() ?? ''
  }

  /** `host` as `normalizeHost` returns it. */
  matches(host: string): boolean {
    if (this.host !== null) return host === this.host
    if (!host.endsWith(this.#suffix)) return false
    // Compiling costs more than matching, and a registry may hold thousands of patterns that no request comes near.
    this.#matcher ??= new Minimatch(this.text, { ...OPTIONS, nobrace: true })
    return this.#matcher.match(host)
  }
}

/**
 * The patterns that a `host` value stands for: one, or one for each alternative of its braces. Each is a full host name
 * or a wildcard by itself. What cannot be a pattern over hosts comes back as a fault.
 */
export function parseHostPattern(text: string): readonly HostPattern[] | PatternFault {
  const fault = findFault(text)
  if (fault !== null) return fault
  const expanded = text.includes('{') ? braceExpand(text, OPTIONS) : [text]
  if (expanded.length > MAX_ALTERNATIVES) {
    return { message: `stands for more than ${MAX_ALTERNATIVES} hosts`, hint: 'use a wildcard' }
  }
  const patterns: HostPattern[] = []
  for (const alternative of expanded) {
    const pattern = parseAlternative(alternative)
    if (!(pattern instanceof HostPattern)) return pattern
    patterns.push(pattern)
  }
  return patterns
}

function findFault(text: string): PatternFault | null {
  if (text === '') return { message: 'is empty', hint: 'write a host name, or `*` for every host' }
  if (text.length > MAX_LENGTH) return { message: 'is too long', hint: 'use a list, or a wildcard' }
  if (/[\s\x00-\x1f]/.test(text)) {
    return { message: 'holds white space', hint: 'write several hosts as a list: [a.example, b.example]' }
  }
  if (text.startsWith('!')) {
    return {
      message: 'starts with `!`',
      hint: 'nothing can be excluded; write the hosts that are meant, or a newer entry for the exceptions',
    }
  }
  if (text.startsWith('#')) return { message: 'starts with `#`', hint: 'a comment stands outside the quotes' }
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0]
  if (scheme !== undefined) {
    const host = text.slice(scheme.length).split(/[/:]/)[0]
    return { message: 'holds a scheme', hint: `write the host alone: ${host}` }
  }
  if (text.includes('/'))
    return { message: 'holds a `/`', hint: `write the host alone: ${text.split('/')[0]}` }
  return null
}

function parseAlternative(alternative: string): HostPattern | PatternFault {
  if (isIP(alternative) === 6 || /^\[[0-9a-f:.]+:[0-9a-f:.]*\]$/i.test(alternative)) {
    const host = normalizeHost(alternative)
    if (host !== null) return new HostPattern(host, host)
  }
  const fault = findFault(alternative) ?? findPort(alternative)
  if (fault !== null) return fault
  const withoutDot = alternative.endsWith('.') ? alternative.slice(0, -1) : alternative
  if (withoutDot.endsWith('.')) return NO_HOST
  if (withoutDot.startsWith('.')) {
    return { message: 'starts with a dot', hint: `write *${withoutDot} for the names below it` }
  }
  const text = withoutDot.split('.').map(asciiLabel).join('.')
  if (MAGIC.test(text)) {
    if (/^[\x21-\x7e]+$/.test(text)) return new HostPattern(text, null)
    return {
      message: 'mixes a wildcard with letters beyond ASCII',
      hint: 'write that label in punycode (xn--…)',
    }
  }
  const host = normalizeHost(text)
  if (host !== null && PLAIN_HOST.test(host)) return new HostPattern(host, host)
  return NO_HOST
}

const NO_HOST: PatternFault = {
  message: 'is not a host name',
  hint: 'write a host name, an IP address or a wildcard',
}

function findPort(text: string): PatternFault | null {
  // Within brackets a colon belongs to a class such as [[:digit:]].
  const outside = text.replace(/\[[^\]]*\]+/g, '')
  if (!outside.includes(':')) return null
  const port = /:(\d+)$/.exec(text)?.[1]
  if (port === undefined) return { message: 'holds a `:`', hint: 'write the host alone' }
  return { message: 'holds a port', hint: `write the host alone and add the line \`port: ${port}\`` }
}

/** A label without wildcards as it is sent (RFC 5891), one with wildcards as it is. */
function asciiLabel(label: string): string {
  if (MAGIC.test(label) || /^[\x21-\x7e]*$/.test(label)) return label
  return domainToASCII(label) || label
}
