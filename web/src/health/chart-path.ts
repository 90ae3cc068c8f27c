/** Where a value stands in a chart, in the units of its viewBox; y grows downwards. */
export interface ChartArea {
  readonly width: number
  readonly height: number
  /** What the left and the right edge stand for. */
  readonly from: number
  readonly to: number
  /** What the upper edge stands for; the lower one is 0. */
  readonly max: number
}

export interface ChartPoint {
  readonly at: number
  /** Null where there is nothing to show: the line has a gap. */
  readonly value: number | null
}

export function xOf(at: number, { from, to, width }: ChartArea): number {
  return rounded(((at - from) / (to - from)) * width)
}

export function yOf(value: number, { max, height }: ChartArea): number {
  return rounded(height - (Math.min(value, max) / max) * height)
}

/** An SVG path through the points, in the order of time; a point with gaps on both sides is a dot of no length. */
export function linePath(points: readonly ChartPoint[], area: ChartArea): string {
  let pen: 'M' | 'L' = 'M'
  let path = ''
  for (const { at, value } of points) {
    if (value === null) pen = 'M'
    else {
      path += `${pen}${xOf(at, area)} ${yOf(value, area)}`
      pen = 'L'
    }
  }
  // A dot is drawn by a line that ends where it began.
  return path.replace(/(M[^ML]+)(?=M|$)/g, '$1h0')
}

const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]

/** A round number that is not below `value`; 1 for nothing. */
export function niceMax(value: number): number {
  if (!(value > 0)) return 1
  const magnitude = 10 ** Math.floor(Math.log10(value))
  const step = ROUND.find(each => each * magnitude >= value) ?? 10
  return Number((step * magnitude).toPrecision(2))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
