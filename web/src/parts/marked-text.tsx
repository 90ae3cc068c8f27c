/** A sentence as messages and hints are written: what stands between backticks is code. */
export function MarkedText({ text }: { text: string }) {
  return (
    <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}</>
  )
}
