import { formatQuantity, QUANTITIES } from './quantity.ts'
import type { ContenderReport, ScenarioReport } from './report.ts'

const WIDTH = 760
const ROW = 26
const BAR = 16
const TOP = 34
const NAMES = 170
const VALUES = 70
const LONGEST_BAR = WIDTH - NAMES - VALUES

/** How many times as long as certhop's and those it is compared with the longest bar may be; longer ones are cut. */
const CUT_FROM = 4

/** Follows the reader's preference of light or dark; with a ground of its own, because the page around may not. */
const STYLE = `
  .ground { fill: #ffffff }
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .bar { fill: #8c959f }
  .certhop { fill: #0969da }
  .cut { stroke: #ffffff; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 }
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .certhop { fill: #4493f8 }
    .cut { stroke: #0d1117 }
  }`

/** What the contenders are compared by, as an SVG picture of bars. Bars that would dwarf the others are cut, visibly. */
export function chart(report: ScenarioReport): string {
  const [quantity] = report.quantities
  const { title } = QUANTITIES[quantity]
  const shown = report.contenders.flatMap(contender => {
    const value = contender.overall?.[quantity]
    return value === undefined ? [] : [{ contender, value }]
  })
  const longest = longestOf(report, shown)
  const rows = shown.map(({ contender, value }, index) => {
    const y = TOP + index * ROW
    const length = Math.max(1, (Math.min(value, longest) / longest) * LONGEST_BAR)
    const kind = contender.program === 'certhop' ? 'bar certhop' : 'bar'
    const middle = y + BAR / 2 + 5
    return [
      `<text x="${NAMES - 10}" y="${middle}" text-anchor="end">${escaped(contender.name)}</text>`,
      `<rect class="${kind}" x="${NAMES}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>`,
      value > longest ? cut(NAMES + LONGEST_BAR * 0.9, y) : '',
      `<text x="${(NAMES + length + 8).toFixed(1)}" y="${middle}">${formatQuantity(quantity, value)}</text>`,
    ].join('')
  })
  const height = TOP + shown.length * ROW + 10
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(`${report.description}: ${title}`)}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>
<text class="title" x="${NAMES}" y="18">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`
}

interface Shown {
  readonly contender: ContenderReport
  readonly value: number
}

function longestOf({ baselines }: ScenarioReport, shown: readonly Shown[]): number {
  const values = shown.map(({ value }) => value)
  const important = shown
    .filter(({ contender }) => contender.name === 'certhop' || baselines.includes(contender.name))
    .map(({ value }) => value)
  const all = Math.max(...values)
  return important.length === 0 ? all : Math.min(all, CUT_FROM * Math.max(...important))
}

/** Two strokes through a bar that goes on. */
function cut(x: number, y: number): string {
  return [0, 8].map(shift => `<path class="cut" d="M${x + shift} ${y + BAR + 2} l6 ${-(BAR + 4)}"/>`).join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
