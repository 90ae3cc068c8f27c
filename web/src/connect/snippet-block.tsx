import { CopyButton } from '../parts/copy-button.tsx'
import type { Snippet } from './runner-families.ts'

/** Lines to paste, with a button that copies them. */
export function SnippetBlock({ title, text }: Snippet) {
  return (
    <figure class="snippet">
      <figcaption>
        <span class="label">{title}</span>
        <CopyButton text={text} of={title} />
      </figcaption>
      <pre>
        <code>{text}</code>
      </pre>
    </figure>
  )
}
