// Changes the codec and the selection in small ways, one at a time, and runs their tests: each change has to be noticed.
// `--sample N` tries N mutants and `--minutes N` as many as there is time for, drawn by `--seed S`; `--again` those that
// survived when a result was kept last. `--write` keeps it in mutants/result.json and docs/mutants.md. Fails when a mutant survives without a reason in mutants/reasons.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inDrawnOrder } from './mutants/draw.ts'
import { type Mutant, mutantsOf } from './mutants/mutate.ts'
import { isSame, type Reason, type Result, reasonFor, reportOf, type Survivor } from './mutants/report.ts'
import { ROOMS, type Room } from './mutants/rooms.ts'
import { TestTree } from './mutants/test-tree.ts'

const PARALLEL = 2

const root = fileURLToPath(new URL('..', import.meta.url))
const RESULT = `${root}scripts/mutants/result.json`
const { values } = parseArgs({
  options: {
    sample: { type: 'string', default: 'Infinity' },
    minutes: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    again: { type: 'boolean' },
    write: { type: 'boolean' },
  },
})

interface Placed extends Survivor {
  readonly room: Room
  readonly text: string
  readonly changed: string
}

function place(room: Room, file: string, text: string, { start, end, replacement }: Mutant): Placed {
  const changed = text.slice(0, start) + replacement + text.slice(end)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', end)
  const before = onOneLine(text.slice(lineStart, lineEnd))
  const after = onOneLine(changed.slice(lineStart, lineEnd + changed.length - text.length))
  return { room, file, text, changed, before, after }
}

function onOneLine(lines: string): string {
  return lines.trim().replaceAll(/\s*\n\s*/g, ' ')
}

const all = ROOMS.flatMap(room =>
  room.files.flatMap(file => {
    const text = readFileSync(root + file, 'utf8')
    return mutantsOf(text).map(mutant => place(room, file, text, mutant))
  }),
)
const drawn = inDrawnOrder(all, values.seed, ({ file, before, after }) => `${file} ${before} ${after}`)
const last: Result | null = values.again ? JSON.parse(readFileSync(RESULT, 'utf8')) : null
const chosen =
  last === null ? drawn : drawn.filter(mutant => last.survivors.some(each => isSame(each, mutant)))
const queue = chosen.slice(0, Number(values.sample)).values()

async function survives(tree: TestTree, { room, file, text, changed }: Placed): Promise<boolean> {
  await tree.write(file, changed)
  try {
    for (const group of room.tests) {
      if ((await tree.test(group)) !== 'passed') return false
    }
    return true
  } finally {
    await tree.write(file, text)
  }
}

/** Tests that fail by themselves would kill every mutant. */
async function checkUnchanged(tree: TestTree): Promise<void> {
  for (const group of ROOMS.flatMap(room => room.tests)) {
    const verdict = await tree.test(group)
    if (verdict !== 'passed') throw new Error(`Without a mutant, ${group.join(' ')} ${verdict}`)
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const survivors: Survivor[] = []
let tried = 0
const trees = await Promise.all(Array.from({ length: PARALLEL }, () => TestTree.copy(root)))
try {
  await Promise.all(trees.map(checkUnchanged))
  const deadline = performance.now() + Number(values.minutes) * 60_000
  await Promise.all(
    trees.map(async tree => {
      for (const placed of queue) {
        if (await survives(tree, placed)) {
          const { file, before, after } = placed
          survivors.push({ file, before, after })
          print(`survived: ${file}: ${before}  →  ${after}`)
        }
        tried += 1
        if (tried % 25 === 0) print(`${tried} tried`)
        if (performance.now() > deadline) return
      }
    }),
  )
} finally {
  await Promise.all(trees.map(tree => tree.remove()))
}

const reasons: Reason[] = JSON.parse(readFileSync(`${root}scripts/mutants/reasons.json`, 'utf8'))
const unexplained = survivors.filter(survivor => reasonFor(survivor, reasons) === null)
print(
  `${tried - survivors.length} killed, ${survivors.length} survived, ${unexplained.length} of them without a reason`,
)
print(`${tried} of ${all.length} mutants tried`)
if (values.write) {
  const inOrder = survivors.toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.before.localeCompare(b.before),
  )
  const result: Result = {
    mutants: all.length,
    tried: Math.min(last?.tried ?? tried, all.length),
    seed: last?.seed ?? values.seed,
    survivors: inOrder,
  }
  writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`)
  writeFileSync(`${root}docs/mutants.md`, reportOf(result, reasons))
}
if (unexplained.length > 0) process.exitCode = 1
