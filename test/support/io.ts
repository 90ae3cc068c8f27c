import { EventEmitter } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../src/cli/io.ts'

class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    this.emit('text')
    done()
  }
}

/** The process as a command sees it, with what was written kept as text. Not a terminal. */
export class TestIo implements Io {
  readonly stdin: PassThrough & { isTTY?: boolean } = new PassThrough()
  readonly stdout = new Collected()
  readonly stderr = new Collected()
  readonly signals = new EventEmitter()
  readonly env: Record<string, string | undefined>
  readonly folder: string

  constructor(folder: string, env: Record<string, string | undefined> = {}) {
    this.folder = folder
    this.env = env
  }
}
