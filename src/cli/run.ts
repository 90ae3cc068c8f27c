import { runInForeground } from '../../bin/foreground.js'
import { startApp } from '../app.ts'
import { RequestSummary } from '../observe/request-summary.ts'
import { unproxiedHosts } from '../runner/no-proxy.ts'
import { runnerEnvironment } from '../runner/runner-environment.ts'
import { runnerTrust } from '../runner/runner-trust.ts'
import { LOG_LEVELS } from '../settings/schema.ts'
import type { Settings } from '../settings/settings.ts'
import { type Command, type Options, Status } from './command.ts'
import { readValidSettings } from './configuration.ts'
import { complain, type Io, remark, styled } from './io.ts'
import { noticesOn } from './notices.ts'
import { CONFIGURATION, RUNNING, workersOf } from './options.ts'

/** The statuses of a shell for a command that it can't start. */
const NOT_EXECUTABLE = 126
const NOT_FOUND = 127

/** How long requests in flight may still take when the command has ended, in milliseconds: nobody waits for most of them. */
const AFTERMATH = 1000

export const run: Command = {
  name: 'run',
  summary: 'run a command whose requests go through a proxy of its own',
  argument: ['command...', 'the command and its arguments'],
  options: [
    ...CONFIGURATION,
    ...RUNNING,
    { flags: '--quiet', description: 'print no summary of the requests at the end' },
  ],
  examples: [
    ['certhop run -- newman run collection.json', 'on a free port, with the variables of `certhop env`'],
    ['certhop run --log-level info -- npm test', 'with a line of log for every request on stderr'],
    ['certhop run --quiet -- sh -c "curl -s https://api.example.com/ | jq ."', 'and nothing more on stderr'],
  ],
  async run(io, options, [command = '', ...args]) {
    const settings = await readValidSettings(io, options)
    if (settings === null) return Status.invalid
    const { users, tls } = settings.listen
    if (users.length > 0 || tls !== null) {
      complain(io, NOT_FOR_A_COMMAND)
      return Status.invalid
    }
    const app = await startApp(besideCommand(settings, options), {
      stderr: io.stderr,
      workers: workersOf(options),
    })
    if (app.admin !== null) remark(io, `the admin page is ${app.admin.newLink()}`)
    const summary = new RequestSummary(app.events)
    let environment: Io['env']
    let status: number
    try {
      const trust = await runnerTrust(app.trustFiles, noticesOn(io))
      environment = { ...io.env, ...(await runnerEnvironment(app.proxyUrl, trust, io.env)) }
      status = await runInForeground(command, args, { env: environment, cwd: io.folder, signals: io.signals })
    } catch (error) {
      return couldNotStart(io, command, error as NodeJS.ErrnoException)
    } finally {
      await app.stop()
    }
    if (!options.quiet) {
      const described = summary.describe() ?? nothingCame(command, environment)
      io.stderr.write(`${styled(io.stderr, 'bold', 'certhop:')} ${described}\n`)
    }
    return status
  },
}

const NOT_FOR_A_COMMAND =
  '`listen.users` or `listen.tls` in the settings asks for what the command would not be given (name other settings with ' +
  '--config, or only the certificates with --registry; or start the command beside `certhop serve`)'

/** On a port of its own unless one was asked for, without an admin plane likewise, and as quiet as can be, because stderr is the command's. */
function besideCommand(settings: Settings, options: Options): Settings {
  const { listen, admin, log, shutdownTimeout } = settings
  return {
    ...settings,
    listen: options.listen === undefined ? { ...listen, port: 0 } : listen,
    admin: options.admin === undefined ? null : admin,
    log: options.logLevel === undefined ? { ...log, level: quieter(log.level, 'warn') } : log,
    shutdownTimeout: Math.min(shutdownTimeout, AFTERMATH),
  }
}

function quieter(...levels: string[]): string {
  return LOG_LEVELS.findLast(level => levels.includes(level)) ?? 'warn'
}

function couldNotStart(io: Io, command: string, error: NodeJS.ErrnoException): number {
  const { code, syscall, message } = error
  if (!syscall?.startsWith('spawn')) throw error
  if (code === 'ENOENT') {
    complain(io, `${command}: command not found (is it installed, and on the PATH?)`)
    return NOT_FOUND
  }
  complain(io, code === 'EACCES' ? `${command}: permission denied (is it an executable file?)` : message)
  return NOT_EXECUTABLE
}

function nothingCame(command: string, environment: Io['env']): string {
  const direct = unproxiedHosts(environment).join(', ')
  return (
    `no request came through the proxy (does ${command} read HTTP_PROXY and HTTPS_PROXY, and trust the local authority? ` +
    `Hosts in NO_PROXY are reached without a proxy: ${direct})`
  )
}
