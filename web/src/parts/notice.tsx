import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'

interface Properties {
  readonly kind: 'info' | 'good' | 'warn' | 'bad'
  readonly title: ComponentChildren
  readonly children?: ComponentChildren
}

const ICONS = { info: 'info', good: 'check', warn: 'alert', bad: 'alert' } as const

/** A boxed message: what happened, and below it what to do. */
export function Notice({ kind, title, children }: Properties) {
  return (
    <div class={`notice ${kind}`}>
      <Icon name={ICONS[kind]} />
      <div>
        <p class="notice-title">{title}</p>
        {children}
      </div>
    </div>
  )
}
