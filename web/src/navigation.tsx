import { session, signOut } from './api.ts'
import { connection } from './live.ts'
import { Icon } from './parts/icon.tsx'
import { showFailure } from './parts/toasts.tsx'
import { hashOf } from './route.ts'
import { nextTheme, theme } from './theme.ts'
import { VIEWS } from './views.tsx'

export function Navigation({ current }: { current: string }) {
  return (
    <header class="sidebar">
      <p class="brand">
        <Icon name="mark" />
        certhop
      </p>
      <nav class="tabs" aria-label="Views">
        <ul>
          {VIEWS.map(({ name, label, shortLabel, icon }) => (
            <li key={name}>
              <a href={hashOf(name)} aria-current={name === current ? 'page' : undefined}>
                <Icon name={icon} />
                <span class="tab-label">{label}</span>
                <span class="tab-short-label">{shortLabel}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="sidebar-foot">
        <ConnectionState />
        <ThemeToggle />
        {session.value === 'signed in' && (
          <button
            type="button"
            class="icon-button"
            aria-label="Sign out"
            title="Sign out"
            onClick={() => signOut().catch(showFailure)}
          >
            <Icon name="sign-out" />
          </button>
        )}
      </div>
    </header>
  )
}

const CONNECTION_WORDS = { live: 'Live', connecting: 'Connecting', lost: 'Reconnecting' }

function ConnectionState() {
  return (
    <p class="connection" role="status" data-state={connection.value}>
      {CONNECTION_WORDS[connection.value]}
    </p>
  )
}

const THEME_ICONS = { system: 'monitor', light: 'sun', dark: 'moon' } as const

function ThemeToggle() {
  const label = `Theme: ${theme.value}. Change to ${nextTheme(theme.value)}`
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => {
        theme.value = nextTheme(theme.value)
      }}
    >
      <Icon name={THEME_ICONS[theme.value]} />
    </button>
  )
}
