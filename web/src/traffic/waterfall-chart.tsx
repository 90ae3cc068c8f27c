import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { formatMs } from '../parts/quantity.ts'
import { type ConnectionStory, type PhaseName, waterfall } from './waterfall.ts'

const PHASES: Readonly<Record<PhaseName, string>> = {
  dns: 'DNS',
  connect: 'TCP connect',
  tls: 'TLS handshake',
  waiting: 'First byte',
  body: 'Body',
  open: 'Open',
}

const STORIES: Readonly<Record<ConnectionStory, string | null>> = {
  reused: 'Over a connection that had served before: nothing was dialled.',
  dialled: 'A connection was dialled for this request.',
  'dialled before': 'The connection was dialled when the tunnel was opened, before this request.',
  none: null,
}

/** No bar is so short that it can't be seen, in percent of the whole. */
const SHORTEST = 0.6

/** What took how long, one below the other along the same time. Every bar's length also stands beside it. */
export function WaterfallChart({ request }: { request: ShownRecord }) {
  const { phases, connection, startMs, endMs } = waterfall(request)
  const whole = Math.max(endMs - startMs, 0.001)
  const percent = (ms: number) => (ms / whole) * 100
  const story = STORIES[connection]
  return (
    <div class="waterfall">
      <table>
        <caption class="hidden">Parts of the time, in order</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">When</th>
            <th scope="col">Length</th>
          </tr>
        </thead>
        <tbody>
          {phases.map(({ name, startMs: start, ms }) => (
            <tr key={name} data-phase={name}>
              <th scope="row">{failedWhile(request, name) ? 'Until it failed' : PHASES[name]}</th>
              <td class="waterfall-track">
                <span class="hidden">{whenOf(start)}</span>
                <svg class={`waterfall-bar ${name}`} aria-hidden="true" focusable="false">
                  <rect
                    x={`${Math.min(percent(start - startMs), 100 - SHORTEST)}%`}
                    width={`${Math.max(percent(ms), SHORTEST)}%`}
                    height="100%"
                    rx="2"
                  />
                </svg>
              </td>
              <td class="waterfall-length">{formatMs(ms)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td />
            <td class="waterfall-length">{formatMs(request.totalMs)}</td>
          </tr>
        </tfoot>
      </table>
      {story !== null && (
        <p class="small quiet">
          {story}
          {request.resumed && ' Its TLS session was resumed.'}
        </p>
      )}
    </div>
  )
}

function failedWhile({ error, firstByteMs }: ShownRecord, phase: PhaseName): boolean {
  return error !== null && phase === 'waiting' && firstByteMs === null
}

function whenOf(startMs: number): string {
  return startMs < 0 ? `${formatMs(-startMs)} before the request` : `after ${formatMs(startMs)}`
}
