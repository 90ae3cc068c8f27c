import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PACKAGE_FOLDER } from '../core/program-files.ts'
import type { Answer } from './answer.ts'

/** Beside the sources in a checkout as in the published package. */
const FOLDER = new URL('dist-web/', PACKAGE_FOLDER)

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

interface StaticFile {
  readonly content: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The files of the page, read at the first request. A path is looked up among those that are there, and never becomes part
 * of a path of the file system.
 */
export class StaticFiles {
  readonly #folder: URL
  #files: ReadonlyMap<string, StaticFile> | null = null

  constructor(folder = FOLDER) {
    this.#folder = folder
  }

  /** Null for a path that is none of the page's. `tag` is the If-None-Match of the request. */
  find(path: string, tag: string | undefined): Answer | null {
    // Not kept when the page was not built yet.
    if (this.#files === null || this.#files.size === 0) this.#files = readAll(this.#folder)
    const file = this.#files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) return null
    const { content, headers } = file
    if (tag === headers['ETag']) return { status: 304, headers }
    return { status: 200, headers, body: content }
  }
}

function readAll(folder: URL): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>()
  const root = fileURLToPath(folder)
  for (const name of namesIn(root)) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const content = readFileSync(root + name)
    const path = `/${name.replaceAll(sep, '/')}`
    // The page of another version may be served from the same port tomorrow: asked each time, and seldom sent.
    const headers = {
      'Content-Type': type,
      ETag: `"${hash('sha256', content)}"`,
      'Cache-Control': 'no-cache',
    }
    files.set(path, { content, headers })
  }
  return files
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
