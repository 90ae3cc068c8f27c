import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { type App, startApp } from '../../src/app.ts'
import type { RequestRecord } from '../../src/observe/events.ts'
import { defaultSettings } from '../../src/settings/load.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { Certificate } from './certificates.ts'
import { RawConnection } from './raw-connection.ts'

export interface TestEntry {
  id: string
  host: string | string[]
  port?: number
  groups?: string[]
  certificate: Certificate
  /** The authority that its server must chain to. */
  ca?: Certificate
  /** As it stands in the file. */
  tls?: object
}

export type ProxySettings = Deep<Omit<Settings, 'resolve'>> & {
  resolve?: Record<string, string>
  /** Default 1. */
  workers?: number
}

type Deep<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] | string | number | boolean ? T[K] : Deep<T[K]>
}

export interface TestProxy {
  readonly app: App
  readonly port: number
  /** Every request so far, in the order in which they ended. */
  readonly records: RequestRecord[]
  /** What was logged, as text. */
  readonly log: () => string
  /** Writes the registry file anew; it is in force when the promise resolves. */
  readonly setEntries: (entries: readonly TestEntry[]) => Promise<void>
  readonly folder: string
  /** A connection of a runner, closed at the end of the test. */
  readonly connect: () => Promise<RawConnection>
  /** `connect`, with `text` sent. */
  readonly send: (text: string) => Promise<RawConnection>
}

/** certhop in this process, on a free port, with a registry of `entries` in a folder of its own. */
export async function startProxy(
  test: TestContext,
  entries: readonly TestEntry[],
  { workers = 1, ...settings }: ProxySettings = {},
): Promise<TestProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-test-'))
  const registry = join(folder, 'registry.yaml')
  await writeRegistry(folder, entries)
  const defaults = defaultSettings(registry)
  const log: string[] = []
  const app = await startApp(
    {
      ...defaults,
      ...settings,
      listen: { ...defaults.listen, port: 0, ...settings.listen },
      admin: settings.admin ?? null,
      registry,
      stateDirectory: settings.stateDirectory ?? join(folder, 'state'),
      destinations: { ...defaults.destinations, ...settings.destinations },
      upstream: { ...defaults.upstream, ...settings.upstream },
      limits: { ...defaults.limits, ...settings.limits },
      log: { ...defaults.log, ...settings.log },
    } as Settings,
    {
      workers,
      stderr: new Writable({
        write(chunk, _encoding, done) {
          log.push(String(chunk))
          done()
        },
      }),
    },
  )
  const records: RequestRecord[] = []
  app.events.onRequest(record => records.push(record))
  const runners: RawConnection[] = []
  const port = Number(new URL(app.proxyUrl).port)
  const connect = async () => {
    const runner = await RawConnection.connect(port)
    runners.push(runner)
    return runner
  }
  test.after(async () => {
    for (const runner of runners) runner.close()
    await app.stop()
    await rm(folder, { recursive: true })
  })
  return {
    app,
    port,
    records,
    log: () => log.join(''),
    folder,
    connect,
    async send(text) {
      const runner = await connect()
      runner.send(text)
      return runner
    },
    async setEntries(next) {
      await writeRegistry(folder, next)
      await app.reload('request')
    },
  }
}

/** Writes `registry.yaml`, and the files that its entries name. */
export async function writeRegistry(folder: string, entries: readonly TestEntry[]): Promise<void> {
  const certificates = await Promise.all(entries.map(entry => writeEntry(folder, entry)))
  await writeFile(join(folder, 'registry.yaml'), JSON.stringify({ version: 1, certificates }))
}

async function writeEntry(folder: string, { certificate, ca, ...rest }: TestEntry) {
  const cert = await writeOnce(folder, certificate, 'crt', certificate.chain)
  const key = await writeOnce(folder, certificate, 'key', certificate.key())
  const trust = ca === undefined ? {} : { ca: await writeOnce(folder, ca, 'crt', ca.pem) }
  return { ...rest, cert, key, ...trust }
}

/** Files are named for their certificate and never change: a reload at any moment finds them whole. */
async function writeOnce(
  folder: string,
  certificate: Certificate,
  suffix: string,
  text: string,
): Promise<string> {
  const name = `${certificate.x509.fingerprint256.slice(0, 23).replaceAll(':', '')}.${suffix}`
  const file = join(folder, name)
  if (existsSync(file)) return name
  const unfinished = await mkdtemp(join(folder, 'unfinished-'))
  await writeFile(join(unfinished, name), text, { mode: 0o600 })
  await rename(join(unfinished, name), file)
  await rm(unfinished, { recursive: true })
  return name
}
