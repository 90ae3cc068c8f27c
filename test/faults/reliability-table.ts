import { readFile, writeFile } from 'node:fs/promises'
import { withLock } from '../../src/core/lock.ts'
import { ROOT } from '../support/command.ts'
import { ELSEWHERE } from './elsewhere.ts'

export interface Row {
  readonly fault: string
  readonly promise: string
  /** What was seen, in a few words. */
  readonly result: string
}

const DOCUMENT = `${ROOT}docs/reliability.md`

const HEAD = `# Reliability

What certhop keeps when something goes wrong, written by the tests that do it: \`WRITE_RELIABILITY=1 npm run faults\`. A
certhop process is started as users start it, the fault is done to it over real sockets and files, and afterwards the
process must not have crashed nor said anything but its log, its descriptors, sockets, timers and memory must be back
where they were, and the next requests must be answered right: in clear, with a certificate, and inside a tunnel.

CI does the same with smaller numbers. What is random follows from a seed, which the output tells; \`FAULT_SEED=n\`
repeats it.
`

const ELSEWHERE_TITLE = 'Promised by other tests'

const ELSEWHERE_HEAD = `
These are done to single parts, in the process of the test.
`

/** Puts the rows of a section into the document, in the place of what it had there. */
export async function writeSection(title: string, rows: readonly Row[]): Promise<void> {
  await withLock(DOCUMENT, {}, async () => {
    const sections = await readSections()
    sections.set(title, rows)
    await writeFile(DOCUMENT, markdown(sections))
  })
}

/** The sections of the document by their titles, those of other tests left out. */
export async function readSections(): Promise<Map<string, readonly Row[]>> {
  const text = await readDocument()
  const sections = text.split(/^## /m).slice(1)
  return new Map(
    sections
      .map(section => [section.slice(0, section.indexOf('\n')), rowsIn(section)] as const)
      .filter(([title]) => title !== ELSEWHERE_TITLE),
  )
}

/** The document as it has to be, if `sections` are what it holds. */
export function markdown(sections: ReadonlyMap<string, readonly Row[]>): string {
  const own = [...sections]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([title, rows]) => {
      const cells = rows.map(({ fault, promise, result }) => [fault, promise, result])
      return `\n## ${title}\n\n${table(['fault', 'promise', 'result'], cells)}`
    })
  const others = ELSEWHERE.map(({ fault, file, test }) => [fault, test, `[${file}](../test/${file})`])
  return `${HEAD}${own.join('')}\n## ${ELSEWHERE_TITLE}\n${ELSEWHERE_HEAD}\n${table(['fault', 'promise', 'test'], others)}`
}

export function readDocument(): Promise<string> {
  return readFile(DOCUMENT, 'utf8').catch(() => '')
}

function rowsIn(section: string): Row[] {
  return section
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)
    .map(line => line.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|')))
    .map(([, fault = '', promise = '', result = '']) => ({ fault, promise, result }))
}

/** Lines as short as they can be: cells of whole sentences are not read in columns anyway. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return [line(titles), `|${'---|'.repeat(titles.length)}\n`, ...rows.map(line)].join('')
}
