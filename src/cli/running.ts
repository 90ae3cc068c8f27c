import { constants } from 'node:os'
import type { App } from '../app.ts'
import { Status } from './command.ts'
import { crashReport } from './crash-report.ts'
import type { Io } from './io.ts'
import { ServiceManager } from './service-manager.ts'

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
 * Resolves to the exit status: done, or failed when requests had to be cut off, or when there was an error that nobody caught.
 */
export async function runUntilStopped(app: App, io: Io): Promise<number> {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<number>()
  const manager = new ServiceManager(io, app.events)
  let stopping = false
  const onStop = (signal: 'SIGINT' | 'SIGTERM') => {
    if (stopping) {
      app.events.notice('warn', 'asked twice to stop: what is left is cut', { signal })
      second.resolve(128 + constants.signals[signal])
      return
    }
    stopping = true
    const { clientConnections, tunnels } = app.gauges()
    app.events.notice('info', 'stopping', { signal, clientConnections, tunnels })
    first.resolve()
  }
  const onReload = async () => {
    void manager.reloading()
    await app.reload('request')
    void manager.ready()
  }
  // Nothing is known of the state it leaves, so nothing is finished either.
  const onCrash = (error: unknown, origin: string) => {
    app.events.notice('error', 'crashed', { ...crashReport(error, origin), exitStatus: Status.failed })
    second.resolve(Status.failed)
  }
  io.signals
    .on('SIGINT', onStop)
    .on('SIGTERM', onStop)
    .on('SIGHUP', onReload)
    .on('uncaughtException', onCrash)
  void manager.ready()
  try {
    return await Promise.race([second.promise, first.promise.then(() => stop(app, manager))])
  } finally {
    io.signals
      .off('SIGINT', onStop)
      .off('SIGTERM', onStop)
      .off('SIGHUP', onReload)
      .off('uncaughtException', onCrash)
  }
}

async function stop(app: App, manager: ServiceManager): Promise<number> {
  const [how] = await Promise.all([app.stop(), manager.stopping()])
  return how === 'clean' ? Status.done : Status.failed
}
