import { constants } from 'node:os'
import type { App } from '../app.ts'
import { Status } from './command.ts'
import type { Io } from './io.ts'

/**
 * Keeps SIGHUP, which would end a process that is still starting, until there is something to reload. What it returns does
 * what was asked for meanwhile, and leaves SIGHUP to others from then on.
 */
export function holdReloads(io: Io): (app: App) => void {
  let asked = false
  const onReload = () => {
    asked = true
  }
  io.signals.on('SIGHUP', onReload)
  return app => {
    io.signals.off('SIGHUP', onReload)
    if (asked) void app.reload('request')
  }
}

/**
 * Keeps `app` running until SIGINT or SIGTERM, then stops it gracefully; a second signal ends at once. SIGHUP reloads.
 * Resolves to the exit status: done, or failed when requests had to be cut off.
 */
export async function runUntilStopped(app: App, io: Io): Promise<number> {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<number>()
  let stopping = false
  const onStop = (signal: 'SIGINT' | 'SIGTERM') => {
    if (stopping) second.resolve(128 + constants.signals[signal])
    stopping = true
    first.resolve()
  }
  const onReload = () => {
    void app.reload('request')
  }
  io.signals.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onReload)
  try {
    await first.promise
    const stopped = app.stop().then(how => (how === 'clean' ? Status.done : Status.failed))
    return await Promise.race([stopped, second.promise])
  } finally {
    io.signals.off('SIGINT', onStop).off('SIGTERM', onStop).off('SIGHUP', onReload)
  }
}
