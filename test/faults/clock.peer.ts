import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBilingualServer, http2Over } from '../support/http2.ts'
import { MINTED } from '../support/path.ts'
import { type TestEntry, writeRegistry } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, listen } from '../support/servers.ts'
import { openTlsTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import { ENTRIES, SECURED, type Subject } from './subject.ts'
import { Path, SECURE, WAYS } from './ways.ts'

const fault = section('Clocks that are set', null)

const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY)

const ending = await MINTED.authority.client({ name: 'ending', notAfter: inDays(10) })
const coming = await MINTED.authority.client({ name: 'coming', notBefore: inDays(20) })

/** Every process has a clock of its own: the system's, moved by as many days as a file says. */
class Clock {
  readonly env: NodeJS.ProcessEnv
  readonly #file: string

  private constructor(file: string, library: string) {
    this.#file = file
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  static async create(scene: Scene): Promise<Clock> {
    const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
    assert(library, 'libfaketime is installed')
    const folder = await mkdtemp(join(tmpdir(), 'certhop-clock-'))
    scene.after(() => rm(folder, { recursive: true }))
    const clock = new Clock(join(folder, 'offset'), library)
    await clock.move(0)
    return clock
  }

  async move(days: number): Promise<void> {
    const seconds = Math.round((days * DAY) / 1000)
    await writeFile(this.#file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  }
}

const HOST = 'clock.wild.test'

/** By its own clock some certificates are not valid. */
const LENIENT = { ...SECURE, options: { rejectUnauthorized: false } }

function entry(id: string, certificate: TestEntry['certificate']): TestEntry {
  return { id, host: HOST, certificate, ca: MINTED.authority }
}

/** A certhop with a clock and `entries`, and a server that says whose certificate it got. */
class Stage {
  readonly clock: Clock
  readonly certhop: Subject
  readonly #serverPort: number

  private constructor(clock: Clock, certhop: Subject, serverPort: number) {
    this.clock = clock
    this.certhop = certhop
    this.#serverPort = serverPort
  }

  static async set(scene: Scene, entries: readonly TestEntry[] = []): Promise<Stage> {
    const clock = await Clock.create(scene)
    const settings = { resolve: { [SECURED]: '127.0.0.1', 'clear.test': '127.0.0.1', [HOST]: '127.0.0.1' } }
    const certhop = await scene.start({ settings, env: clock.env, entries: [...ENTRIES, ...entries] })
    const server = createBilingualServer(LENIENT, (request, response) => {
      response.end(String(clientName(request.socket)))
    })
    return new Stage(clock, certhop, await listen(scene, server))
  }

  /** Whose certificate the server gets, or why it gets none. */
  async whoIs(): Promise<string> {
    const runner = await RawConnection.connect(this.certhop.port)
    runner.send(`GET http://${HOST}:${this.#serverPort}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    const { status, body } = await runner.response()
    runner.close()
    return status === 200 ? body : JSON.parse(body).type
  }

  /** A session of HTTP/2 with the server. */
  async openSession(scene: Scene) {
    const offer = { servername: HOST, ca: this.certhop.authority, ALPNProtocols: ['h2'] }
    const session = http2Over(await openTlsTunnel(this.certhop.port, offer, this.#serverPort), HOST)
    scene.after(() => session.destroy())
    return session.on('error', () => {})
  }
}

const EXPIRED = 'urn:certhop:error:client_certificate_expired'

fault(
  'the clock jumps past the end of a certificate, and back',
  'its requests are refused as long as it has expired, and its HTTP/2 tunnels end',
  async scene => {
    const stage = await Stage.set(scene, [entry('ending', ending)])
    stage.certhop.expectErrors(/the certificate of `ending` expired/)
    assert.equal(await stage.whoIs(), 'ending')
    const away = once(await stage.openSession(scene), 'goaway')
    await stage.clock.move(15)
    assert.equal(await stage.whoIs(), EXPIRED)
    await away
    await stage.clock.move(0)
    assert.equal(await stage.whoIs(), 'ending')
  },
)

fault(
  'the clock jumps past the beginning of a newer certificate, and back',
  'each time the one that wins by the clock is presented, and HTTP/2 tunnels of the other one end',
  async scene => {
    const stage = await Stage.set(scene, [entry('today', MINTED.client), entry('coming', coming)])
    for (const [days, winner] of [
      [25, 'coming'],
      [0, 'runner'],
    ] as const) {
      const away = once(await stage.openSession(scene), 'goaway')
      await stage.clock.move(days)
      assert.equal(await stage.whoIs(), winner)
      await away
    }
  },
)

fault(
  'the clock jumps a hundred days ahead, half a day behind, and to the right time again, while requests are in flight',
  'no time limit is met early, connections are kept, and runners go on trusting what they are shown',
  async scene => {
    const { clock, certhop } = await Stage.set(scene)
    for (const way of WAYS) {
      const path = await Path.open(scene, way, certhop)
      const { runner, peer } = await path.ask()
      for (const [index, days] of [100, -0.5, 0].entries()) {
        await clock.move(days)
        await certhop.vitals()
        peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        assert.equal((await runner.response()).body, 'ok')
        runner.send(`GET ${path.url}/${index} HTTP/1.1\r\nHost: x\r\n\r\n`)
        assert.match(await peer.head(), new RegExp(`/${index} `))
      }
    }
    for (const days of [100, 0]) {
      await clock.move(days)
      // A leaf that is made now is for that time; a runner with another clock may refuse it.
      const offer = { servername: SECURED, ca: certhop.authority, rejectUnauthorized: days === 0 }
      const path = await Path.open(scene, 'inside CONNECT', certhop)
      const tunnel = await openTlsTunnel(
        certhop.port,
        { ...offer, checkServerIdentity: () => undefined },
        path.server.port,
      )
      scene.after(() => tunnel.destroy())
    }
  },
)

fault(
  'the clock is ten years behind while files change',
  'the changes are in force all the same',
  async scene => {
    const { clock, certhop } = await Stage.set(scene)
    await clock.move(-3650)
    await writeRegistry(certhop.folder, [...ENTRIES, entry('new', MINTED.client)])
    await certhop.command.errorLine(/"added":\["new"\]/)
    await clock.move(0)
  },
)
