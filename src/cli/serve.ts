import { startApp } from '../app.ts'
import { type Command, Status } from './command.ts'
import { readValidSettings } from './configuration.ts'
import { CONFIGURATION, RUNNING, workersOf } from './options.ts'
import { holdReloads, runUntilStopped } from './running.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'run the proxy until SIGTERM or SIGINT; SIGHUP reloads',
  options: [...CONFIGURATION, ...RUNNING],
  examples: [
    ['certhop serve', 'with ./certhop.yaml or ./config/certhop.yaml'],
    ['certhop serve --registry certificates.yaml --listen 127.0.0.1:0', 'without settings, on a free port'],
    ['HTTP_PROXY=http://127.0.0.1:8128 newman run checks.json', 'a runner that goes through it'],
  ],
  async run(io, options) {
    const settings = await readValidSettings(io, options)
    if (settings === null) return Status.invalid
    const releaseReloads = holdReloads(io)
    const app = await startApp(settings, { stderr: io.stderr, workers: workersOf(options) })
    // Whoever reads the line may send a signal at once.
    const ended = runUntilStopped(app, io)
    releaseReloads(app)
    const { proxyUrl: proxy, admin, trustFiles } = app
    if (admin !== null) app.events.notice('info', 'the admin page', { link: admin.newLink() })
    const ready = {
      event: 'ready',
      proxy,
      admin: admin?.url ?? null,
      authority: trustFiles.certificate,
      pid: process.pid,
    }
    io.stdout.write(`${JSON.stringify(ready)}\n`)
    return ended
  },
}
