// Changes the codec and the selection in small ways, one at a time, and runs their tests: each change has to be noticed.
// `--sample N` tries N mutants, drawn by `--seed S`; `--write` keeps the result in docs/mutants.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, mutantsOf } from './mutants/mutate.ts'
import { type Reason, reasonFor, reportOf, type Survivor } from './mutants/report.ts'
import { ROOMS, type Room } from './mutants/rooms.ts'
import { sampleOf } from './mutants/sample.ts'
import { TestTree } from './mutants/test-tree.ts'

const PARALLEL = 2
const MIN_SHARE = 0.9

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, write: { type: 'boolean' } },
})
const reasons: Reason[] = JSON.parse(readFileSync(`${root}scripts/mutants/reasons.json`, 'utf8'))

interface Placed {
  readonly room: Room
  readonly file: string
  readonly text: string
  readonly mutant: Mutant
}

const all: Placed[] = ROOMS.flatMap(room =>
  room.files.flatMap(file => {
    const text = readFileSync(root + file, 'utf8')
    return mutantsOf(text).map(mutant => ({ room, file, text, mutant }))
  }),
)
const seed = Number(values.seed)
const chosen = sampleOf(all, Number(values.sample ?? all.length), seed)

function mutated({ text, mutant }: Placed): string {
  return text.slice(0, mutant.start) + mutant.replacement + text.slice(mutant.end)
}

function describe(placed: Placed): Survivor {
  const { file, text, mutant } = placed
  const start = text.lastIndexOf('\n', mutant.start - 1) + 1
  const end = text.indexOf('\n', mutant.end)
  const onOneLine = (lines: string) => lines.trim().replaceAll(/\s*\n\s*/g, ' ')
  const before = onOneLine(text.slice(start, end))
  const after = onOneLine(
    mutated(placed).slice(start, end + mutant.replacement.length - (mutant.end - mutant.start)),
  )
  return { file, before, after }
}

async function survives(tree: TestTree, placed: Placed): Promise<boolean> {
  await tree.write(placed.file, mutated(placed))
  try {
    for (const group of placed.room.tests) {
      if ((await tree.test(group)) !== 'passed') return false
    }
    return true
  } finally {
    await tree.write(placed.file, placed.text)
  }
}

/** Tests that fail by themselves would kill every mutant. */
async function checkUnchanged(tree: TestTree): Promise<void> {
  for (const group of ROOMS.flatMap(room => room.tests)) {
    const verdict = await tree.test(group)
    if (verdict !== 'passed') throw new Error(`Without a mutant, ${group.join(' ')} ${verdict}`)
  }
}

const survivors: Survivor[] = []
const queue = chosen.values()
let tried = 0
const trees = await Promise.all(Array.from({ length: PARALLEL }, () => TestTree.copy(root)))
try {
  await checkUnchanged(trees[0] as TestTree)
  await Promise.all(
    trees.map(async tree => {
      for (const placed of queue) {
        if (await survives(tree, placed)) {
          const survivor = describe(placed)
          survivors.push(survivor)
          print(`survived: ${survivor.file}: ${survivor.before}  →  ${survivor.after}`)
        }
        tried += 1
        if (tried % 25 === 0) print(`${tried} of ${chosen.length} tried`)
      }
    }),
  )
} finally {
  await Promise.all(trees.map(tree => tree.remove()))
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const killed = tried - survivors.length
const unexplained = survivors.filter(survivor => reasonFor(survivor, reasons) === null)
print(`${killed} killed, ${survivors.length} survived, ${unexplained.length} of them without a reason`)
print(`${tried} of ${all.length} mutants tried`)
if (values.write) {
  const inOrder = survivors.toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.before.localeCompare(b.before),
  )
  writeFileSync(
    `${root}docs/mutants.md`,
    reportOf({ mutants: all.length, tried, seed, survivors: inOrder }, reasons),
  )
}
if (unexplained.length > 0 || killed < MIN_SHARE * tried) process.exitCode = 1
