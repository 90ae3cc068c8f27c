import type { SeriesPoint } from '../../../src/admin/schemas.ts'
import { formatMs } from '../parts/quantity.ts'
import { TimeChart } from './time-chart.tsx'

const STEP_SECONDS = 10
/** How many points one row of the table stands for: five minutes. */
const POINTS_A_ROW = 30

/** Rate and latency of the last hour, as pictures and as a table. */
export function ActivityCharts({ series }: { series: readonly SeriesPoint[] }) {
  // What is still being counted would look like a fall.
  const complete = series.slice(0, -1)
  const rateOf = (name: 'requests' | 'errors') =>
    complete.map(point => ({ at: Date.parse(point.at), value: point[name] / STEP_SECONDS }))
  const latencyOf = (name: 'p50Ms' | 'p99Ms') =>
    series.map(point => ({ at: Date.parse(point.at), value: point[name] }))
  return (
    <section aria-label="The last hour" class="charts">
      <TimeChart
        title="Requests"
        format={formatRate}
        lines={[
          { name: 'All', tone: 'accent', points: rateOf('requests') },
          { name: 'Failed here', tone: 'bad', points: rateOf('errors') },
        ]}
      />
      <TimeChart
        title="Latency"
        format={formatMs}
        lines={[
          { name: 'Median', tone: 'accent', points: latencyOf('p50Ms') },
          { name: '99th percentile', tone: 'warn', points: latencyOf('p99Ms') },
        ]}
      />
      <details class="chart-table">
        <summary>The same as a table</summary>
        <div class="card table-card">
          <SeriesTable series={series} />
        </div>
      </details>
    </section>
  )
}

function SeriesTable({ series }: { series: readonly SeriesPoint[] }) {
  const starts = Array.from(
    { length: Math.ceil(series.length / POINTS_A_ROW) },
    (_, row) => row * POINTS_A_ROW,
  )
  const rows = starts.map(start => series.slice(start, start + POINTS_A_ROW)).reverse()
  return (
    <table class="table">
      <caption class="hidden">Requests and latency, five minutes a row, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col" class="number">
            Requests
          </th>
          <th scope="col" class="number">
            Failed
          </th>
          <th scope="col" class="number">
            Median, at most
          </th>
          <th scope="col" class="number">
            99th percentile, at most
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(points => (
          <tr key={points[0]?.at}>
            <th scope="row">
              <time dateTime={points[0]?.at}>{new Date(points[0]?.at ?? 0).toLocaleTimeString()}</time>
            </th>
            <td class="number">{sumOf(points, 'requests')}</td>
            <td class="number">{sumOf(points, 'errors')}</td>
            <td class="number">{highest(points, 'p50Ms')}</td>
            <td class="number">{highest(points, 'p99Ms')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function sumOf(points: readonly SeriesPoint[], name: 'requests' | 'errors'): string {
  return points.reduce((sum, point) => sum + point[name], 0).toLocaleString()
}

function highest(points: readonly SeriesPoint[], name: 'p50Ms' | 'p99Ms'): string {
  const timed = points.flatMap(point => point[name] ?? [])
  return timed.length === 0 ? '–' : formatMs(Math.max(...timed))
}

function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond).toLocaleString()}/s`
}
