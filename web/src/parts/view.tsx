import type { ComponentChildren } from 'preact'

interface Properties {
  readonly title: string
  /** One sentence under the title. */
  readonly description?: string
  /** What can be done, at the right of the title. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** Where the focus goes when what had it is gone. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>('main h1')?.focus()
}

/** A view's heading, which takes the focus when the view opens, and what is below it. */
export function View({ title, description, actions, children }: Properties) {
  return (
    <>
      <header class="view-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {description !== undefined && <p class="quiet">{description}</p>}
        </div>
        {actions !== undefined && <div class="view-actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}
