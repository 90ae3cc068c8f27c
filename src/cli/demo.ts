import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { AdminAddressUnusable } from '../admin/address-unusable.ts'
import { type App, startApp } from '../app.ts'
import { PACKAGE_FOLDER } from '../core/program-files.ts'
import type { Settings } from '../settings/settings.ts'
import { type Command, type Options, Status } from './command.ts'
import { loadSettingsFile, override, reportProblems } from './configuration.ts'
import { startDemoApi } from './demo-api.ts'
import { type Io, styled } from './io.ts'
import { RUNNING, workersOf } from './options.ts'
import { runUntilStopped } from './running.ts'
import { shellWord } from './shell-word.ts'

/** Next to the sources in a checkout as in the published package. */
const SETTINGS = new URL('config/certhop.yaml', PACKAGE_FOLDER)
const CERTIFICATES = new URL('certs-example/', PACKAGE_FOLDER)

const HOSTS = ['api.example.test', 'payments.example.test'] as const

export const demo: Command = {
  name: 'demo',
  summary: 'run the proxy with example certificates and a local API that demands them',
  options: RUNNING,
  examples: [
    ['certhop demo', 'on 127.0.0.1:8128, or a free port when that is taken'],
    ['certhop demo --log-level info', 'with a line of log for every request'],
  ],
  async run(io, options) {
    const { settings, problems } = await loadSettingsFile(fileURLToPath(SETTINGS))
    if (reportProblems(io.stderr, problems) || settings === null) return Status.invalid
    const own = override(io, settings, options)
    if (own === null) return Status.invalid
    protectExampleKeys()
    const api = await startDemoApi(CERTIFICATES)
    try {
      const app = await startOnFreePort(io, demoSettings(own, options, api.port), options)
      const ended = runUntilStopped(app, io)
      await show(io, app, api.port)
      return await ended
    } finally {
      api.stop()
    }
  },
}

/** The example's settings, quiet unless asked, with the API in the place of the example's hosts. */
function demoSettings(settings: Settings, { logLevel = 'warn' }: Options, apiPort: number): Settings {
  const resolve = Object.fromEntries(HOSTS.map(host => [`${host}:443`, `127.0.0.1:${apiPort}`]))
  return { ...settings, resolve, log: { ...settings.log, level: logLevel } }
}

/** Git and npm keep no file modes, and the warning about keys that others can read is not meant for published ones. */
function protectExampleKeys(): void {
  for (const name of readdirSync(CERTIFICATES)) {
    if (!/\.(?:key|passphrase)$/.test(name)) continue
    try {
      chmodSync(new URL(name, CERTIFICATES), 0o600)
    } catch {
      // Installed by another user: the warning stays.
    }
  }
}

/** Ports that are taken are left to others, unless they were asked for. */
async function startOnFreePort(io: Io, settings: Settings, options: Options): Promise<App> {
  try {
    return await startApp(settings, { stderr: io.stderr, workers: workersOf(options) })
  } catch (error) {
    const free = withFreePort(settings, options, error as NodeJS.ErrnoException)
    if (free === null) throw error
    io.stdout.write(`${free.taken} is taken, so this demo uses a free one.\n`)
    return await startOnFreePort(io, free.settings, options)
  }
}

/** Null when the failure is another one, or the port is not ours to choose. */
function withFreePort(settings: Settings, options: Options, error: NodeJS.ErrnoException) {
  const { listen, admin } = settings
  if (error.code !== 'EADDRINUSE') return null
  if (!(error instanceof AdminAddressUnusable)) {
    if (options.listen !== undefined || listen.port === 0) return null
    return { taken: `Port ${listen.port}`, settings: { ...settings, listen: { ...listen, port: 0 } } }
  }
  if (options.admin !== undefined || admin === null || admin.port === 0) return null
  return { taken: `Port ${admin.port}`, settings: { ...settings, admin: { ...admin, port: 0 } } }
}

async function show(io: Io, { proxyUrl, admin, trustFiles }: App, apiPort: number): Promise<void> {
  const bold = (line: string) => styled(io.stdout, 'bold', line)
  const direct = await answerOf(
    httpsRequest({
      host: '127.0.0.1',
      port: apiPort,
      servername: HOSTS[0],
      ca: readFileSync(new URL('ca.crt', CERTIFICATES)),
    }),
  )
  const proxied = await answerOf(httpRequest(throughProxy(proxyUrl, `http://${HOSTS[0]}/hello`)))
  io.stdout.write(`
An API that demands a client certificate runs here, and certhop at ${proxyUrl}.

${bold('Without certhop, and so without a certificate:')}
  GET https://${HOSTS[0]}/hello
  ${coloured(io, direct)}

${bold('Through certhop:')}
  GET http://${HOSTS[0]}/hello
  ${coloured(io, proxied)}

${bold('Try it; the second host has a certificate of its own:')}
${HOSTS.map(host => `  curl -x ${proxyUrl} http://${host}/hello`).join('\n')}

${bold("Over https:// as well, once curl trusts certhop's own authority:")}
  curl -x ${proxyUrl} --cacert ${shellWord(trustFiles.certificate)} https://${HOSTS[0]}/hello
${admin === null ? '' : page(bold, admin.newLink())}
The certificates stand in ${fileURLToPath(new URL('registry.yaml', SETTINGS))}; change it, and the next
request follows. Ctrl-C ends the demo.
`)
}

function page(bold: (line: string) => string, link: string): string {
  return `
${bold('See it, in a browser; this link works once:')}
  ${link}
`
}

function coloured(io: Io, answer: string): string {
  return styled(io.stdout, answer.startsWith('200 ') ? 'green' : 'red', answer)
}

function throughProxy(proxyUrl: string, target: string): RequestOptions {
  const { hostname, port } = new URL(proxyUrl)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    path: target,
    headers: { host: new URL(target).host },
    agent: false,
  }
}

/** The status and body of the response, or what came instead of one, in one line. */
async function answerOf(request: ReturnType<typeof httpRequest>): Promise<string> {
  try {
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return `${response.statusCode} ${(await text(response)).trim()}`
  } catch (error) {
    const { code, reason } = error as NodeJS.ErrnoException & { reason?: string }
    return `refused: ${reason ?? code}`
  }
}
