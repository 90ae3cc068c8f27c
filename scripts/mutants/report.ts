/** A mutant that no test noticed: the line, or lines, that it changes, before and after, without indentation. */
export interface Survivor {
  readonly file: string
  readonly before: string
  readonly after: string
}

export interface Reason extends Survivor {
  readonly reason: string
}

export interface Result {
  readonly mutants: number
  readonly tried: number
  readonly seed: string
  readonly survivors: readonly Survivor[]
}

export function isSame(a: Survivor, b: Survivor): boolean {
  return a.file === b.file && a.before === b.before && a.after === b.after
}

/** Why a survivor may live, from `reasons`; null when nobody said so yet. */
export function reasonFor(survivor: Survivor, reasons: readonly Reason[]): string | null {
  const known = reasons.find(each => isSame(each, survivor))
  return known === undefined || known.reason === '' ? null : known.reason
}

/** docs/mutants.md. */
export function reportOf({ mutants, tried, seed, survivors }: Result, reasons: readonly Reason[]): string {
  const killed = tried - survivors.length
  const share = ((killed / tried) * 100).toFixed(1)
  const extent =
    tried === mutants
      ? `All ${mutants} mutants were tried`
      : `${tried} of ${mutants} mutants, drawn by seed ${seed}, were tried`
  const lines = survivors.map(
    survivor =>
      `| \`${survivor.file}\` | ${code(survivor.before)} | ${code(survivor.after)} | ${reasonFor(survivor, reasons) ?? '**none yet**'} |`,
  )
  return `# Mutants

Written by \`npm run mutants -- --write\`. The reasons are kept by hand in \`scripts/mutants/reasons.json\`.

A mutant is the codec (\`src/http1\`) or the selection of a certificate (\`src/registry\`, \`src/core/host.ts\`) with one small
change: a condition negated, a comparison moved to or over its boundary, \`&&\` for \`||\`, a number one more or one less, a constant
emptied, a statement left out, an anchor of a regular expression dropped. The tests of these parts are run against each; one that
fails has killed it. A mutant that survives shows a test that is missing, or code that makes no difference. What is written for
people, such as the message of an error, is not mutated.

${extent}: **${killed} killed, ${survivors.length} survived: ${share} %.**

| file | before | after | why it may live |
|---|---|---|---|
${lines.join('\n')}
`
}

/** In the cell of a table. */
function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`'
  const space = fence === '``' ? ' ' : ''
  return fence + space + text.replaceAll('|', '\\|') + space + fence
}
