import { useSignal } from '@preact/signals'
import { type ChartArea, type ChartPoint, linePath, niceMax, xOf, yOf } from './chart-path.ts'

const WIDTH = 600
const HEIGHT = 120
const HOUR = 3_600_000
/** A process that has just started gets no wider picture than this. */
const SHORTEST_SPAN = HOUR / 12

interface Line {
  readonly name: string
  readonly tone: 'accent' | 'bad' | 'warn'
  /** The same times in every line. */
  readonly points: readonly ChartPoint[]
}

interface Properties {
  readonly title: string
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
}

/** Lines over the last hour. What they say is in the picture's text too; pointing at it shows the values of a moment. */
export function TimeChart({ title, lines, format }: Properties) {
  const pointed = useSignal<number | null>(null)
  const times = lines[0]?.points.map(({ at }) => at) ?? []
  const area = areaOf(times, niceMax(Math.max(0, ...lines.map(highestOf))))
  const shown = pointed.value === null ? times.length - 1 : nearest(times, pointed.value)
  const at = times[shown]

  function point(event: PointerEvent) {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect()
    pointed.value = area.from + ((event.clientX - left) / width) * (area.to - area.from)
  }

  return (
    <figure class="card chart">
      <figcaption>
        <h2>{title}</h2>
        <ul class="chart-legend">
          {lines.map(({ name, tone, points }) => (
            <li key={name} class={tone}>
              {name} <strong>{formatted(points[shown]?.value ?? null, format)}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="chart-plot">
        <span class="chart-scale" aria-hidden="true">
          {format(area.max)}
        </span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={describe(title, lines, format)}
          onPointerMove={point}
          onPointerLeave={() => {
            pointed.value = null
          }}
        >
          <path
            class="chart-grid"
            d={`M0 0.5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`}
          />
          {lines.map(({ name, tone, points }) => (
            <path key={name} class={`chart-line ${tone}`} d={linePath(points, area)} />
          ))}
          {pointed.value !== null && at !== undefined && (
            <>
              <path class="chart-cursor" d={`M${xOf(at, area)} 0V${HEIGHT}`} />
              {lines.map(({ name, tone, points }) => (
                <path key={name} class={`chart-dot ${tone}`} d={dotAt(points[shown], area)} />
              ))}
            </>
          )}
        </svg>
      </div>
      <p class="chart-times small quiet" aria-hidden="true">
        <span>{clockOf(area.from)}</span>
        <span>{pointed.value === null || at === undefined ? '' : clockOf(at)}</span>
        <span>now</span>
      </p>
    </figure>
  )
}

function areaOf(times: readonly number[], max: number): ChartArea {
  const to = times.at(-1) ?? Date.now()
  const from = Math.max(to - HOUR, Math.min(times[0] ?? to, to - SHORTEST_SPAN))
  return { width: WIDTH, height: HEIGHT, from, to, max }
}

function highestOf({ points }: Line): number {
  return points.reduce((highest, { value }) => Math.max(highest, value ?? 0), 0)
}

/** The index of the time that is closest. */
function nearest(times: readonly number[], wanted: number): number {
  return times.reduce(
    (best, at, index) => (Math.abs(at - wanted) < Math.abs((times[best] ?? 0) - wanted) ? index : best),
    0,
  )
}

function dotAt(point: ChartPoint | undefined, area: ChartArea): string {
  return point === undefined || point.value === null
    ? ''
    : `M${xOf(point.at, area)} ${yOf(point.value, area)}h0`
}

function describe(title: string, lines: readonly Line[], format: Properties['format']): string {
  const parts = lines.map(line => {
    const last = line.points.at(-1)?.value ?? null
    return `${line.name}: now ${formatted(last, format)}, at most ${format(highestOf(line))}`
  })
  return `${title} of the last hour. ${parts.join('. ')}.`
}

function formatted(value: number | null, format: Properties['format']): string {
  return value === null ? '–' : format(value)
}

function clockOf(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}
