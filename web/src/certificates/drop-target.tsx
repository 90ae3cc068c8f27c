import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'

interface Properties {
  readonly class: string
  readonly onFiles: (files: Iterable<File>) => void
  readonly children: ComponentChildren
}

/** A part of the page that files can be dropped on. What is inside offers the same to keyboards. */
export function DropTarget({ class: name, onFiles, children }: Properties) {
  const isOver = useSignal(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has no keyboard; the file input inside has.
    <div
      class={name}
      data-over={isOver.value}
      onDragOver={event => {
        event.preventDefault()
        event.stopPropagation()
        isOver.value = true
      }}
      onDragLeave={() => {
        isOver.value = false
      }}
      onDrop={event => {
        event.preventDefault()
        event.stopPropagation()
        isOver.value = false
        onFiles([...(event.dataTransfer?.files ?? [])])
      }}
    >
      {children}
    </div>
  )
}
