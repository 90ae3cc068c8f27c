import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Events } from '../observe/events.ts'
import type { Io } from './io.ts'

/**
 * systemd, where it has started this process and waits to be told (sd_notify, `Type=notify`). Node has no datagram sockets of
 * AF_UNIX, so systemd's own `systemd-notify` says it; the unit needs `NotifyAccess=all`, because that is another process.
 */
export class ServiceManager {
  readonly #io: Io
  readonly #events: Events
  /** One after the other: a state must not overtake the one before. */
  #last: Promise<void> = Promise.resolve()

  constructor(io: Io, events: Events) {
    this.#io = io
    this.#events = events
  }

  /** Requests are taken. */
  ready(): Promise<void> {
    return this.#tell('READY=1')
  }

  /** The registry is read again, until `ready`. */
  reloading(): Promise<void> {
    const microseconds = process.hrtime.bigint() / 1000n
    return this.#tell('RELOADING=1', `MONOTONIC_USEC=${microseconds}`)
  }

  stopping(): Promise<void> {
    return this.#tell('STOPPING=1')
  }

  /** Never rejects: a proxy that works is not stopped for want of somebody to tell. */
  #tell(...state: readonly string[]): Promise<void> {
    const { NOTIFY_SOCKET, PATH } = this.#io.env
    if (NOTIFY_SOCKET === undefined) return this.#last
    this.#last = this.#last.then(async () => {
      try {
        await promisify(execFile)('systemd-notify', [...state], {
          env: { NOTIFY_SOCKET, PATH },
          timeout: PATIENCE,
        })
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        this.#events.notice('warn', 'systemd-notify failed: the unit needs it, or Type=exec', {
          state: state[0],
          error: code === 'ENOENT' ? 'it is not on the PATH' : message,
        })
      }
    })
    return this.#last
  }
}

/** Milliseconds. It takes a few. */
const PATIENCE = 5000
