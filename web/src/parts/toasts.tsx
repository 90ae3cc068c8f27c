import { signal } from '@preact/signals'
import { Icon } from './icon.tsx'

interface Toast {
  readonly number: number
  readonly kind: 'good' | 'bad'
  readonly text: string
}

const GOOD_NEWS_MS = 6000

const toasts = signal<readonly Toast[]>([])
let count = 0

/** Says in a corner, and to screen readers, that something was done. Goes by itself. */
export function showSuccess(text: string): void {
  const toast = show('good', text)
  setTimeout(() => dismiss(toast), GOOD_NEWS_MS)
}

/** Says that something failed. Stays until it is dismissed. */
export function showFailure(error: Error): void {
  const { hint } = error as Error & { hint?: string }
  show('bad', hint ? `${error.message}. ${hint}` : error.message)
}

function show(kind: Toast['kind'], text: string): Toast {
  count++
  const toast = { number: count, kind, text }
  toasts.value = [...toasts.value, toast]
  return toast
}

function dismiss(toast: Toast): void {
  toasts.value = toasts.value.filter(each => each !== toast)
}

/** The corner; it is always there, because a screen reader announces only what appears in a region that it knows. */
export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(toast => (
        <div class={`toast ${toast.kind}`} key={toast.number}>
          <Icon name={toast.kind === 'good' ? 'check' : 'alert'} />
          <p>{toast.text}</p>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(toast)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
