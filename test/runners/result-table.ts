import { type Client, COLUMNS, type Column } from './client.ts'

const HEAD = `# Runners

Written by \`WRITE_RUNNERS=1 npm run test:runners\`: clients as their users install them, in the environment that
\`certhop env\` prints or with the flags that their name says, against servers that demand a client certificate.

The first two columns say how a request arrives at certhop, in the words of its access log, and which version of HTTP the
server sees. The third: how a request to a host without a certificate passes. The fourth: what the client shows when
certhop can't use the certificate; \`yes\` is the whole answer, with what to do, \`status\` is the 502 alone. Where a cell is
empty there was nothing to try.

`

const TITLES = ['client', 'version', ...COLUMNS]

/** The results of all clients, as they come in. */
export class ResultTable {
  readonly #rows = new Map<string, Map<string, string>>()

  setVersion(client: Client, version: string): void {
    this.#row(client).set('version', version)
  }

  set(client: Client, column: Column, result: string): void {
    this.#row(client).set(column, result)
  }

  markdown(): string {
    const rows = Array.from(this.#rows, ([name, cells]) =>
      TITLES.map(title => (title === 'client' ? name : (cells.get(title) ?? ''))),
    )
    const widths = TITLES.map((title, column) =>
      Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)),
    )
    const rule = widths.map(width => '-'.repeat(width))
    const lines = [TITLES, rule, ...rows].map(row =>
      row.map((cell, column) => cell.padEnd(widths[column] ?? 0)),
    )
    return HEAD + lines.map(line => `| ${line.join(' | ')} |\n`).join('')
  }

  #row({ name }: Client): Map<string, string> {
    const row = this.#rows.get(name) ?? new Map<string, string>()
    this.#rows.set(name, row)
    return row
  }
}

/** The rows without what changes with every release of a client, to compare two tables. */
export function resultsIn(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| --'))
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(([, client = '', , ...results]) => [client, ...results])
}
