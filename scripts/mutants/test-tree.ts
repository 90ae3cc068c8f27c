import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tests that do not come to an end have failed too. */
export type Verdict = 'passed' | 'failed'

/**
 * What a group of tests may take: three times what it takes without a mutant. In seconds of the processor, because a busy
 * machine must not kill mutants; for one that waits for ever, milliseconds.
 */
const PROCESSOR_LIMIT = 8
const LIMIT = 240_000

/** A copy of the sources and tests that may be broken, one change at a time. */
export class TestTree {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Copies the tree at `root`, packages aside. */
  static async copy(root: string): Promise<TestTree> {
    const folder = await mkdtemp(join(tmpdir(), 'certhop-mutants-'))
    for (const name of ['src', 'test', 'package.json', 'tsconfig.json']) {
      await cp(join(root, name), join(folder, name), { recursive: true })
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    return new TestTree(folder)
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.#folder, file), text)
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true })
  }

  /** Runs test files up to the first failure, with properties that are the same each time. */
  test(files: readonly string[]): Promise<Verdict> {
    const options = ['--test', '--test-isolation=none', '--test-reporter=tap']
    const limited = ['-c', `ulimit -t ${PROCESSOR_LIMIT}; exec "$@"`, 'sh', process.execPath]
    const child = spawn('/bin/sh', [...limited, ...options, ...files], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: join(this.#folder, 'compiled'),
        CERTHOP_PROPERTY_RUNS: '0.4',
        CERTHOP_PROPERTY_SEED: '1',
      },
    })
    const { promise, resolve } = Promise.withResolvers<Verdict>()
    const end = (verdict: Verdict) => {
      clearTimeout(timer)
      resolve(verdict)
      child.kill('SIGKILL')
    }
    const timer = setTimeout(end, LIMIT, 'failed')
    let line = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      line += text
      if (/^ *not ok/m.test(line)) end('failed')
      line = line.slice(line.lastIndexOf('\n') + 1)
    })
    child.on('close', code => end(code === 0 ? 'passed' : 'failed'))
    return promise
  }
}
