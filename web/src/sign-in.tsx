import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { type ApiError, signIn } from './api.ts'
import { Icon } from './parts/icon.tsx'

/** For a browser that has no session: takes the admin token, or the link that `serve` logs. */
export function SignIn() {
  const answer = useSignal('')
  const error = useSignal<ApiError | null>(null)
  const busy = useSignal(false)
  const field = useRef<HTMLInputElement>(null)

  useEffect(() => {
    document.title = 'Sign in · certhop'
    field.current?.focus()
  }, [])

  async function submit(event: Event) {
    event.preventDefault()
    const given = answer.value.trim()
    const link = /^https?:\/\/[^/]+(\/session\/[\w-]+)$/.exec(given)
    if (link?.[1] !== undefined) return location.assign(link[1])
    busy.value = true
    try {
      await signIn(given)
    } catch (failure) {
      error.value = failure as ApiError
      field.current?.focus()
    } finally {
      busy.value = false
    }
  }

  return (
    <main class="sign-in">
      <form class="card sign-in-card" onSubmit={submit}>
        <p class="brand">
          <Icon name="mark" />
          certhop
        </p>
        <h1>Sign in</h1>
        <p class="quiet">
          Follow the link that <code>certhop serve</code> logged, or paste it here. It works once. The admin
          token in <code>admin-token</code> in the state directory works always.
        </p>
        <div class="field">
          <label for="token">Link or token</label>
          <input
            ref={field}
            id="token"
            class="input"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            aria-invalid={error.value !== null}
            aria-describedby={error.value === null ? undefined : 'token-error'}
            value={answer}
            onInput={event => {
              answer.value = event.currentTarget.value
              error.value = null
            }}
          />
          {error.value !== null && (
            <p class="field-error" id="token-error">
              {error.value.status === 401 ? 'This is not the admin token.' : error.value.message}
            </p>
          )}
        </div>
        <button type="submit" class="button primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  )
}
