import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { FieldProblem } from '../api.ts'

interface Properties {
  readonly label: string
  readonly isOptional?: boolean
  readonly help?: string | undefined
  /** What is wrong with it now. */
  readonly problems: readonly FieldProblem[]
  /** By which errors find their field. */
  readonly name: string
  /** Stands beside the input. */
  readonly children?: ComponentChildren
  readonly input: Input
}

/** Of an input's own properties. */
interface Input {
  readonly value: string
  readonly onInput: (event: { currentTarget: HTMLInputElement }) => void
  readonly placeholder?: string
  readonly type?: 'password'
  readonly inputMode?: 'numeric'
}

/** A labelled input, with what it is for and what is wrong with it tied to it. */
export function Field({ label, isOptional = false, help, problems, name, input, children }: Properties) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isOptional && <span class="optional"> (optional)</span>}
      </label>
      <div class="field-row">
        <input
          id={id}
          class="input"
          name={name}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={problems.length > 0}
          aria-describedby={`${id}-help ${id}-problems`}
          {...input}
        />
        {children}
      </div>
      {help !== undefined && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
      <Problems id={`${id}-problems`} problems={problems} />
    </div>
  )
}

/** Always there, so that it is announced when something appears in it. */
export function Problems({ id, problems }: { id: string; problems: readonly FieldProblem[] }) {
  return (
    <div id={id} class="field-error" role="status">
      {problems.map(({ message, hint }) => (
        <p key={message} class="break">
          {hint === '' ? message : `${message}: ${hint}`}
        </p>
      ))}
    </div>
  )
}
