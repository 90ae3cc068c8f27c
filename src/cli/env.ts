import { openAuthority } from '../authority/authority.ts'
import { runnerEnvironment } from '../runner/runner-environment.ts'
import { runnerTrust } from '../runner/runner-trust.ts'
import { formatProxyUrl } from '../settings/listen.ts'
import { type Command, Status } from './command.ts'
import { readSettingsOrDefaults } from './configuration.ts'
import { ENVIRONMENT_FORMATS, type EnvironmentFormat, formatEnvironment } from './environment-format.ts'
import { complain, type Io } from './io.ts'
import { noticesOn } from './notices.ts'
import { CONFIGURATION, LISTEN, STATE_DIRECTORY } from './options.ts'

export const env: Command = {
  name: 'env',
  summary: 'print the variables that point a runner at the proxy and make it trust the local authority',
  options: [
    ...CONFIGURATION,
    LISTEN,
    STATE_DIRECTORY,
    { flags: '--format <format>', description: 'default: sh', choices: ENVIRONMENT_FORMATS },
  ],
  examples: [
    ['eval "$(certhop env)"', 'for what this shell starts from now on, while `certhop serve` runs'],
    ['certhop env --format dotenv > .env', 'for runners that read a .env file'],
    ['certhop env --format docker > certhop.env', 'for `docker run --env-file certhop.env`'],
  ],
  async run(io, options) {
    const settings = await readSettingsOrDefaults(io, options)
    if (settings === null) return Status.invalid
    const { host, port, users, tls } = settings.listen
    if (port === 0) return refuse(io, PORT_UNKNOWN)
    if (settings.authority === 'ephemeral') return refuse(io, AUTHORITY_UNKNOWN)
    const events = noticesOn(io)
    const authority = await openAuthority({ ...settings, events })
    await authority.close()
    if (users.length > 0) events.notice('warn', ASKS_FOR_USERS)
    if (tls !== null) events.notice('warn', SPEAKS_TLS)
    const trust = await runnerTrust(authority.files, events)
    const proxyUrl = formatProxyUrl(settings, host, port)
    const variables = await runnerEnvironment(proxyUrl, trust, io.env)
    io.stdout.write(formatEnvironment(variables, (options.format ?? 'sh') as EnvironmentFormat))
    return Status.done
  },
}

const ASKS_FOR_USERS =
  '`listen.users` in the settings asks for a password, which is not known here: write USER:PASSWORD@ in front of the address'

const SPEAKS_TLS =
  '`listen.tls` in the settings makes it an https:// proxy, which Java and others do not speak to; runners have to trust its ' +
  'certificate too, and to show one of theirs where there is `clientCa`'

const PORT_UNKNOWN =
  'port 0 stands for any free port, and which one a running certhop took is not known here (name it with --listen, or ' +
  'use `certhop run -- COMMAND`, which needs no port)'

const AUTHORITY_UNKNOWN =
  '`authority: ephemeral` gives every certhop an authority of its own, and that of a running one is not known here (use ' +
  '`certhop run -- COMMAND`, or `authority: persistent`)'

function refuse(io: Io, reason: string): number {
  complain(io, reason)
  return Status.invalid
}
