/** Which rows of a long list are drawn: from `first` up to but not including `end`. */
export interface RowWindow {
  readonly first: number
  readonly end: number
}

/** How many rows beyond either edge are drawn as well, so that a fast scroll does not show gaps. */
const MARGIN = 8

/** All lengths are pixels. */
export interface Scroll {
  readonly top: number
  readonly height: number
  readonly rowHeight: number
  readonly rows: number
}

export function rowWindow({ top, height, rowHeight, rows }: Scroll): RowWindow {
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN)
  const end = Math.min(rows, Math.ceil((top + height) / rowHeight) + MARGIN)
  return { first: Math.min(first, end), end }
}

/** The nearest scroll position at which a row is wholly in view. */
export function scrollTopFor(row: number, { top, height, rowHeight }: Scroll): number {
  const start = row * rowHeight
  if (start < top) return start
  return Math.max(top, start + rowHeight - height)
}
