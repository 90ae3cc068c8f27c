import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'
import { focusHeading } from './view.tsx'

interface Properties {
  readonly title: string
  readonly size: 'small' | 'large'
  /** Asks to take it away, which is what closes it: by its button or by Escape. */
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/**
 * A modal dialog, open while it is rendered: the browser keeps the focus in it, and gives it back to what had it before, if
 * that is still there.
 */
export function Dialog({ title, size, onClose, children }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => {
      element?.close()
      if (document.activeElement === document.body) focusHeading()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`dialog ${size}`}
      aria-labelledby={heading}
      onCancel={event => {
        // A file chooser that is cancelled sends the same event up to here.
        if (event.target !== event.currentTarget) return
        event.preventDefault()
        onClose()
      }}
      onClose={() => {
        // The browser says so late. By then the dialog may be gone, and what is asked to close would be the next one.
        if (dialog.current !== null) onClose()
      }}
    >
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  )
}
