import { endOfLine, lineBefore } from '../core/lines.ts'
import { TimeSlice } from '../core/time-slice.ts'

/** An item of a block list: whole lines up to the next dash or the end of the text. */
export interface ListItem {
  readonly text: string
  /** The first one, from 1. */
  readonly line: number
}

export interface DividedText {
  /** Every line before the first item and the comments above that. */
  readonly head: string
  readonly items: readonly ListItem[]
}

/** A part that another part gives its meaning, and a line that may end elsewhere. */
const ENTANGLED = /[&\r]/

const DASH_LINE = /^ *-(?: |$)/m

const BLANK_OR_COMMENT = /^[ \t]*(?:#.*)?\n?$/

/**
 * Divides a YAML text that ends with a block list into the items of that list, by the margins of its lines alone. In block
 * style nothing stands as far to the left as what it belongs to, so an item that is valid by itself says the same in any
 * company. Null for a text that may be of another kind: with anchors, without a list, or with more behind it.
 */
export async function divide(text: string): Promise<DividedText | null> {
  const dash = DASH_LINE.exec(text)?.index
  if (dash === undefined || ENTANGLED.test(text)) return null
  const margin = marginOf(text, dash)
  const head = text.slice(0, startOfComments(text, dash))
  const items: ListItem[] = []
  const slice = new TimeSlice()
  let line = head.split('\n').length
  let item = { start: head.length, line }
  for (let at = head.length; at < text.length; at = endOfLine(text, at)) {
    const column = marginOf(text, at)
    if (column === margin && isDash(text, at + column)) {
      if (at > dash) {
        items.push({ text: text.slice(item.start, at), line: item.line })
        item = { start: at, line }
      }
      if (slice.isOver) await slice.next()
    } else if (column <= margin && !isBlankOrComment(text, at)) return null
    line += 1
  }
  items.push({ text: text.slice(item.start), line: item.line })
  return { head, items }
}

/** Where the comments and blank lines begin that stand above the line that starts at `at`. */
function startOfComments(text: string, at: number): number {
  let start = at
  for (;;) {
    const before = lineBefore(text, start)
    if (before === null || !isBlankOrComment(text, before)) return start
    start = before
  }
}

function isBlankOrComment(text: string, at: number): boolean {
  return BLANK_OR_COMMENT.test(text.slice(at, endOfLine(text, at)))
}

/** How many spaces a line that starts at `at` begins with. */
function marginOf(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) === 0x20) end += 1
  return end - at
}

function isDash(text: string, at: number): boolean {
  return text[at] === '-' && (text[at + 1] === ' ' || text[at + 1] === '\n' || at + 1 === text.length)
}
