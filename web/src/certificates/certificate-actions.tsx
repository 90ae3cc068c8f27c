import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import type { RowProperties } from './row.ts'

/** The buttons of one certificate. */
export function CertificateActions({ certificate, isOpen, isNew, onToggle, onRemove }: RowProperties) {
  const { id } = certificate
  const facts = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isNew) facts.current?.focus()
  }, [isNew])
  return (
    <div class="row-actions">
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
