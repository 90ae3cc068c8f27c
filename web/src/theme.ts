import { effect, signal } from '@preact/signals'

const THEMES = ['system', 'light', 'dark'] as const

export type Theme = (typeof THEMES)[number]

const STORED_AS = 'certhop-theme'

/** What the user chose; `system` follows the system's setting. */
export const theme = signal<Theme>(THEMES.find(each => each === localStorage.getItem(STORED_AS)) ?? 'system')

/** Shows the theme from now on, and remembers it for this browser. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value
    if (theme.value === 'system') localStorage.removeItem(STORED_AS)
    else localStorage.setItem(STORED_AS, theme.value)
  })
}

export function nextTheme(current: Theme): Theme {
  return THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? 'system'
}
