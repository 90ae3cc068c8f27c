import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/command.ts'

const DOCUMENTS = globSync(['*.md', '{bench,certs-example,docs}/**/*.md'], {
  cwd: ROOT,
  exclude: ['**/node_modules'],
})

function read(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8').replace(/^ *```.*?^ *```$/gms, '')
}

/** The names by which a link reaches the headings of a document. */
function anchorsOf(document: string): string[] {
  return Array.from(read(document).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : normalize(join(dirname(document), path))
  if (!existsSync(join(ROOT, target))) return false
  return anchor === undefined || anchorsOf(target).includes(anchor)
}

test('every link between the documents leads to a file, and to a heading in it', () => {
  const dead = DOCUMENTS.flatMap(document =>
    Array.from(read(document).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link)
      .filter(link => !/^https?:/.test(link) && !leadsSomewhere(document, link))
      .map(link => `${document}: ${link}`),
  )
  assert.deepEqual(dead, [])
  assert.ok(DOCUMENTS.length > 20)
})
