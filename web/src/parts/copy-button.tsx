import './copy-button.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from './icon.tsx'

const FEEDBACK_MS = 2000

interface Properties {
  readonly text: string
  /** What is copied, for screen readers: "Copy " is put before it. */
  readonly of: string
}

/** Copies a text, and says so. Where the browser doesn't let it, it says how to do it by hand. */
export function CopyButton({ text, of }: Properties) {
  const result = useSignal<'none' | 'copied' | 'refused'>('none')
  const words = { none: 'Copy', copied: 'Copied', refused: 'Select it to copy' }[result.value]

  useEffect(() => {
    if (result.value === 'none') return
    const timer = setTimeout(() => {
      result.value = 'none'
    }, FEEDBACK_MS)
    return () => clearTimeout(timer)
  }, [result.value])

  async function copy() {
    try {
      // There is no clipboard on a page that came over http:// from another machine.
      await navigator.clipboard.writeText(text)
      result.value = 'copied'
    } catch {
      result.value = 'refused'
    }
  }

  return (
    <span class="copy" data-result={result}>
      <button type="button" class="button copy-button" aria-label={`Copy ${of}`} onClick={copy}>
        <Icon name={result.value === 'copied' ? 'check' : 'copy'} />
        {words}
      </button>
      <span class="hidden" role="status">
        {result.value === 'none' ? '' : words}
      </span>
    </span>
  )
}
