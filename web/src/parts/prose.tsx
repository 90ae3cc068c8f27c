import type { ComponentChildren } from 'preact'

/** A message of certhop as a sentence: names that it has in backticks are set apart. */
export function Prose({ text }: { text: string }) {
  const parts = sentence(text).split('`')
  return <>{parts.map((part, index): ComponentChildren => (index % 2 === 1 ? <code>{part}</code> : part))}</>
}

/** Messages and hints are written to stand behind a colon; by themselves they begin in upper case and end with a stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}
