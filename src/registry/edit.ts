import { lstatSync, realpathSync } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { LockTaken, withLock } from '../core/lock.ts'
import { formatProblem } from '../core/problem.ts'
import { isTemporary, rewriteFile } from '../core/replace-file.ts'
import { CopiedFiles } from './copied-files.ts'
import type { Definition } from './definition.ts'
import { EditRefused } from './edit-refused.ts'
import { FileStates } from './file-states.ts'
import { InvalidRegistry } from './invalid-registry.ts'
import { parseRegistry } from './parse.ts'

export interface EditOptions {
  /** Called when another process has been changing the registry for a second; `owner` is that process in words. */
  readonly onWait?: (owner: string) => void
}

/** How often an edit is made anew because somebody saved the file, without the lock, while it was made. */
const ATTEMPTS = 3

const NEW_REGISTRY = `# The certificates that certhop presents, by host. \`certhop add\` and \`certhop remove\` keep what else stands here.
version: 1
certificates:
`

/** The registry file while it is being changed; nobody else changes it by way of `editRegistry`. */
export class OpenRegistry {
  /** The path by which it is known: relative paths in it are relative to that. */
  readonly file: string
  readonly copies: CopiedFiles
  readonly text: string
  readonly #target: string
  /** What `text` was read from; null for no file. */
  readonly #content: Buffer | null
  #definitions: readonly Definition[]

  private constructor(
    file: string,
    target: string,
    content: Buffer | null,
    text: string,
    definitions: readonly Definition[],
  ) {
    this.file = file
    this.copies = new CopiedFiles(file)
    this.text = text
    this.#target = target
    this.#content = content
    this.#definitions = definitions
  }

  /** Throws `InvalidRegistry` for one that is broken already, and `EditRefused` for one that is not UTF-8. */
  static read(file: string, target: string): OpenRegistry {
    const content = readContent(file, target)
    const given = content?.toString() ?? ''
    if (content !== null && !content.equals(Buffer.from(given))) {
      throw new EditRefused('not_editable', `${file} is not UTF-8`, { hint: 'convert it with `iconv`' })
    }
    const text = holdsCommentsAlone(given) ? begin(given) : given
    const { definitions, problems } = parseRegistry(file, text)
    if (problems.some(({ severity }) => severity === 'error')) throw new InvalidRegistry(problems)
    return new OpenRegistry(file, target, content, text, definitions)
  }

  /** In the order of the file. */
  get definitions(): readonly Definition[] {
    return this.#definitions
  }

  /** What `text` would say in the place of the registry. Throws `EditRefused` when that is no valid one. */
  parse(text: string): readonly Definition[] {
    const { definitions, problems } = parseRegistry(this.file, text)
    const error = problems.find(({ severity }) => severity === 'error')
    if (error === undefined) return definitions
    throw new EditRefused(
      'not_editable',
      `with this change the registry is not valid: ${formatProblem(error)}`,
    )
  }

  /** Replaces the file by `text`, which says `definitions`. Throws `Overtaken` when somebody has saved it meanwhile. */
  async write(text: string, definitions: readonly Definition[]): Promise<void> {
    const content = readContent(this.file, this.#target)
    const isSame = content === null ? this.#content === null : this.#content?.equals(content) === true
    if (!isSame) throw new Overtaken()
    await rewriteFile(this.#target, text, 0o644)
    this.#definitions = definitions
  }
}

/** The file is not what the edit was made from. */
class Overtaken extends Error {}

/**
 * Runs `edit` on the registry while no other `editRegistry` does, in any process, and throws what it throws. The file is
 * replaced in one step: who reads it sees it before or after. What processes left behind that were killed is removed.
 * Throws `InvalidRegistry` for a registry that is broken already, and `EditRefused` when it cannot be written or another
 * process does not let go of it. Parses in place, up to seconds for ten thousand entries: a proxy runs this in a thread.
 */
export async function editRegistry<Result>(
  path: string,
  { onWait }: EditOptions,
  edit: (registry: OpenRegistry) => Promise<Result>,
): Promise<Result> {
  const file = resolve(path)
  try {
    const target = targetOf(file)
    return await withLock(target, onWait === undefined ? {} : { onWait }, async () => {
      await removeLeftovers(target)
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await editOnce(OpenRegistry.read(file, target), edit)
        } catch (error) {
          if (!(error instanceof Overtaken)) throw error
          if (attempt === ATTEMPTS) throw new EditRefused('locked', `${file} changes all the time`)
        }
      }
    })
  } catch (error) {
    throw explained(file, error)
  }
}

async function editOnce<Result>(
  registry: OpenRegistry,
  edit: (registry: OpenRegistry) => Promise<Result>,
): Promise<Result> {
  await registry.copies.settle(registry.definitions)
  try {
    return await edit(registry)
  } finally {
    await registry.copies.settle(registry.definitions)
  }
}

/** The file that is replaced: where the path leads by symbolic links. */
function targetOf(file: string): string {
  const path = join(realpathSync(dirname(file)), basename(file))
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found?.isSymbolicLink() === true ? realpathSync(path) : path
}

/** Null when there is no file. */
function readContent(file: string, target: string): Buffer | null {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return null
  const content = new FileStates(target).read(target)
  if (Buffer.isBuffer(content)) return content
  throw new EditRefused('not_editable', `${file} ${content.reason}`, { hint: content.hint })
}

function holdsCommentsAlone(text: string): boolean {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  return lines.every(line => /^\s*(?:#|$)/.test(line))
}

/** A registry without entries, below what stands in its file already. */
function begin(comments: string): string {
  if (comments.trim() === '') return NEW_REGISTRY
  return `${comments}${comments.endsWith('\n') ? '' : '\n'}version: 1\ncertificates:\n`
}

/** New versions of the registry that were never put in place. Only who holds the lock writes any. */
async function removeLeftovers(target: string): Promise<void> {
  const folder = dirname(target)
  for (const name of await readdir(folder)) {
    if (isTemporary(name, basename(target))) await unlink(join(folder, name))
  }
}

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  EACCES: ['permission denied', 'run this as the user to whom the folder belongs'],
  EPERM: ['permission denied', 'run this as the user to whom the folder belongs'],
  EROFS: ['the file system is read-only', 'change the registry where it comes from'],
  ENOSPC: ['the disk is full', 'make room and try again'],
  EDQUOT: ['the disk quota is used up', 'make room and try again'],
  ENOENT: ['its folder, or what it links to, does not exist', 'create it, or correct the path'],
  EBUSY: ['it is mounted by itself and cannot be replaced', 'mount its folder instead'],
}

function explained(file: string, error: unknown): unknown {
  if (error instanceof LockTaken) {
    const hint = `wait for it; if it is gone, remove ${error.path}`
    return new EditRefused('locked', `${file} is being changed by ${error.owner}`, { hint, cause: error })
  }
  const known = REASONS[(error as NodeJS.ErrnoException).code ?? '']
  if (known === undefined) return error
  const [reason, hint] = known
  return new EditRefused('not_writable', `${file} cannot be changed: ${reason}`, { hint, cause: error })
}
