import { render } from 'preact'
import './theme.css'
import './shell.css'
import { Shell } from './shell.tsx'
import { applyTheme } from './theme.ts'

applyTheme()
render(<Shell />, document.body)
