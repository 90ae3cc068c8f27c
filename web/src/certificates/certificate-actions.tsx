import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { focusHeading } from '../parts/view.tsx'
import type { RowProperties } from './row.ts'

/** The buttons of one certificate. */
export function CertificateActions({ certificate, isOpen, isNew, onToggle, onRemove }: RowProperties) {
  const { id } = certificate
  const actions = useRef<HTMLDivElement>(null)
  const facts = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isNew) facts.current?.focus()
  }, [isNew])
  useLayoutEffect(() => {
    const element = actions.current
    return () => {
      if (element?.contains(document.activeElement)) focusHeading()
    }
  }, [])
  return (
    <div class="row-actions" ref={actions}>
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove ${id}`}
        title="Remove"
        onClick={() => onRemove(certificate)}
      >
        <Icon name="trash" />
      </button>
      <button
        ref={facts}
        type="button"
        class="icon-button"
        aria-label={`Facts of ${id}`}
        title="All facts"
        aria-expanded={isOpen}
        onClick={() => onToggle(id)}
      >
        <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} />
      </button>
    </div>
  )
}
