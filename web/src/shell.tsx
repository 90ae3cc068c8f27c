import { useEffect } from 'preact/hooks'
import { get, session } from './api.ts'
import { followEvents } from './live.ts'
import { Navigation } from './navigation.tsx'
import { Toasts } from './parts/toasts.tsx'
import { focusHeading } from './parts/view.tsx'
import { route } from './route.ts'
import { SignIn } from './sign-in.tsx'
import { VIEWS } from './views.tsx'

/** The frame of every view: navigation beside it, messages above it. */
export function Shell() {
  useEffect(() => {
    get('/api/status').catch(() => {
      // The views say what is wrong, and go on once certhop answers.
      if (session.value === 'unknown') session.value = 'signed in'
    })
    followEvents()
  }, [])
  if (session.value === 'unknown') return null
  return (
    <>
      {session.value === 'signed out' ? <SignIn /> : <CurrentView />}
      <Toasts />
    </>
  )
}

function CurrentView() {
  const view = VIEWS.find(({ name }) => name === route.value.view) ?? VIEWS[0]
  const name = view?.name ?? ''
  useTitleAndFocus(name, view?.label ?? '')
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={focusHeading}>
        Skip to the content
      </button>
      <Navigation current={name} />
      <main class="shell-main">{view && <view.Component key={name} />}</main>
    </div>
  )
}

/** Readers of the screen learn of a new view as of a new page: by its title, and by the focus on its heading. */
function useTitleAndFocus(name: string, label: string): void {
  useEffect(() => {
    const isFirst = document.title === 'certhop'
    document.title = `${label} · certhop`
    if (!isFirst) focusHeading()
  }, [name, label])
}
