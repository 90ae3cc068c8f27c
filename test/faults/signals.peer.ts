import assert from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { http2Over, startHttp2Server } from '../support/http2.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startFullServer, startRawServer } from '../support/servers.ts'
import { openTlsTunnel, openTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { LONG, section } from './section.ts'
import { CLEAR, SECURED, type Subject } from './subject.ts'
import { Path, SECURE, WAYS } from './ways.ts'

const fault = section('Signals', null)

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const ENDING = ['SIGTERM', 'SIGINT'] as const

/** Something that goes on in a certhop; what it gives is called when the signal was noticed, and asserts how it ends. */
type Activity = (scene: Scene, certhop: Subject) => Promise<() => Promise<void>>

/** Of the proxy and of the admin plane. */
const PORTS = 2

/**
 * Resolves when a signal to end was noticed: a certhop stops listening first of all. Not by connecting: a SYN that comes at
 * that very moment is lost, and sent again after a second.
 */
async function stopsListening(certhop: Subject): Promise<void> {
  const listening = async () => (await certhop.vitals()).resources['TCPServerWrap'] ?? 0
  while ((await listening().catch(() => 0)) === PORTS);
}

/** A certhop gets a signal to end while it does something, and ends with `status`. */
function ends(doing: string, promise: string, status: 0 | 1, activity: Activity): void {
  fault(`SIGTERM or SIGINT while ${doing}`, promise, async scene => {
    const signal = scene.random.pick(ENDING)
    const settings = status === 0 ? {} : { shutdownTimeout: '1s' }
    const certhop = await scene.launch({ settings })
    await certhop.ready()
    const finish = await activity(scene, certhop)
    certhop.command.signal(signal)
    await stopsListening(certhop)
    await finish()
    assert.equal(await certhop.command.exit(), status)
    return `exit ${status}`
  })
}

ends('nothing is connected', 'it ends with 0', 0, async () => async () => {})

ends(
  'connections are kept, to runners and to servers',
  'it closes them and ends with 0',
  0,
  async (scene, certhop) => {
    const path = await Path.open(scene, 'with a certificate', certhop)
    const { runner, peer } = await path.ask()
    peer.send(ANSWER)
    await runner.response()
    return async () => {
      await Promise.all([runner.untilEnd(), peer.untilEnd()])
      runner.close()
    }
  },
)

ends('a head is half there', 'it closes the connection and ends with 0', 0, async (scene, certhop) => {
  const runner = await (await Path.open(scene, 'in clear', certhop)).connect()
  // Answered, so that it is known to have been read.
  runner.send('GET / HTTP/1.1\r\n\r\nGET http://api.te')
  await runner.response()
  return async () => {
    await runner.untilEnd()
    runner.close()
  }
})

/** The same on every way. */
function onEveryWay(activity: (path: Path) => Promise<() => Promise<void>>): Activity {
  return async (scene, certhop) => {
    const finishes = await Promise.all(WAYS.map(async way => activity(await Path.open(scene, way, certhop))))
    return async () => {
      await Promise.all(finishes.map(finish => finish()))
    }
  }
}

ends(
  'a request is being sent',
  'it is carried to its end, and then certhop ends with 0',
  0,
  onEveryWay(async path => {
    const { runner, peer } = await path.ask('POST', 'Content-Length: 6\r\n\r\nabc')
    await peer.until('abc')
    return async () => {
      runner.send('def')
      await peer.until('def')
      peer.send(ANSWER)
      const { head, body } = await runner.response()
      assert.match(head, /\r\nConnection: close\r\n/)
      assert.equal(body, 'ok')
      await runner.untilEnd()
      runner.close()
    }
  }),
)

ends(
  'a response is being sent',
  'it is carried to its end, and then certhop ends with 0',
  0,
  onEveryWay(async path => {
    const { runner, peer } = await path.ask()
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc')
    await runner.until('abc')
    return async () => {
      peer.send('def')
      assert.equal(await runner.untilEnd(), 'def')
      runner.close()
    }
  }),
)

ends(
  'a server does not answer',
  'the runner gets 503 shutting_down at shutdownTimeout, and certhop ends with 1',
  1,
  onEveryWay(async path => {
    const { runner } = await path.ask()
    return async () => {
      const { status, body } = await runner.response()
      assert.deepEqual([status, JSON.parse(body).type], [503, 'urn:certhop:error:shutting_down'])
    }
  }),
)

ends(
  'it connects to a server in vain',
  'the runner’s connection ends at shutdownTimeout, and certhop ends with 1',
  1,
  async (scene, certhop) => {
    const runner = await RawConnection.connect(certhop.port)
    scene.after(() => runner.close())
    runner.send(`GET http://${SECURED}:${await startFullServer(scene)}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    // It has been read when later ones are answered.
    await certhop.checkHealth()
    return async () => {
      await runner.untilEnd()
    }
  },
)

ends(
  'a server is in its handshake',
  'the runner’s connection ends at shutdownTimeout, and certhop ends with 1',
  1,
  async (scene, certhop) => {
    const server = await startRawServer(scene)
    const runner = await RawConnection.connect(certhop.port)
    scene.after(() => runner.close())
    runner.send(`GET http://${SECURED}:${server.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    await (await server.accept()).bytes(100)
    return async () => {
      await runner.untilEnd()
    }
  },
)

ends('nothing has been said in a tunnel', 'it closes it and ends with 0', 0, async (scene, certhop) => {
  const path = await Path.open(scene, 'with a certificate', certhop)
  const runner = new RawConnection(await openTunnel(certhop.port, `${SECURED}:${path.server.port}`))
  scene.after(() => runner.close())
  return async () => {
    await runner.untilEnd()
  }
})

ends(
  'a tunnel is joined',
  'it is cut at shutdownTimeout, and certhop ends with 1',
  1,
  async (scene, certhop) => {
    const server = await startRawServer(scene)
    const runner = new RawConnection(await openTunnel(certhop.port, `${CLEAR}:${server.port}`))
    scene.after(() => runner.close())
    const peer = await server.accept()
    return async () => {
      runner.send('still open')
      await peer.until('still open')
      await Promise.all([runner.untilEnd(), peer.untilEnd()])
    }
  },
)

ends(
  'a WebSocket is open',
  'it is cut at shutdownTimeout, and certhop ends with 1',
  1,
  async (scene, certhop) => {
    const { runner, peer } = await (await Path.open(scene, 'with a certificate', certhop)).ask('GET', UPGRADE)
    peer.send(`HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`)
    await runner.head()
    return async () => {
      runner.send('still open')
      await peer.until('still open')
      await Promise.all([runner.untilEnd(), peer.untilEnd()])
    }
  },
)

ends(
  'a request of HTTP/2 is in flight',
  'it is carried to its end behind a GOAWAY, and certhop ends with 0',
  0,
  async (scene, certhop) => {
    const server = await startHttp2Server(scene, SECURE)
    const offer = { servername: SECURED, ca: certhop.authority, ALPNProtocols: ['h2'] }
    const session = http2Over(await openTlsTunnel(certhop.port, offer, server.port), SECURED)
    scene.after(() => session.destroy())
    const away = once(session, 'goaway')
    const answer = text(session.request({ ':path': '/' }))
    const { stream } = await server.accept()
    return async () => {
      await away
      stream.respond()
      stream.end('ok')
      assert.equal(await answer, 'ok')
    }
  },
)

ends('the registry is reloaded', 'it ends with 0', 0, async (_scene, certhop) => {
  for (let time = 0; time < 10; time += 1) certhop.command.signal('SIGHUP')
  return async () => {}
})

fault('SIGTERM or SIGINT at random moments of a start', 'it ends, and the next start works', async scene => {
  const { folder } = await scene.start()
  for (let time = 0; time < (LONG ? 50 : 5); time += 1) {
    const certhop = await scene.launch({ folder })
    await setTimeout(scene.random.below(800))
    certhop.command.signal(scene.random.pick(ENDING))
    await certhop.command.exit()
  }
})

fault('SIGHUP while it starts', 'it goes on starting, and reloads then', async scene => {
  const certhop = await scene.launch()
  await certhop.command.errorLine(/registry loaded/)
  certhop.command.signal('SIGHUP')
  await certhop.settle()
  await certhop.command.errorLine(/"reason":"request".*registry loaded/)
})

fault('SIGHUP at every moment of requests', 'none of them notices', async scene => {
  const certhop = await scene.start()
  const { command } = certhop
  const hangUp = async () => {
    const loads = () => command.stderr.split('"reason":"request"').length
    const before = loads()
    command.signal('SIGHUP')
    while (loads() === before) await certhop.vitals()
  }
  for (const way of WAYS) {
    const path = await Path.open(scene, way, certhop)
    const runner = await path.connect()
    await hangUp()
    runner.send('POST ')
    await hangUp()
    runner.send(`${path.url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`)
    const peer = await path.server.accept()
    await peer.until('abc')
    await hangUp()
    runner.send('def')
    await peer.until('def')
    await hangUp()
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n')
    await runner.head()
    await hangUp()
    peer.send('ghi')
    await runner.until('ghi')
    await hangUp()
    peer.send('jkl')
    await runner.until('jkl')
    await hangUp()
    runner.send(`GET ${path.url}/next HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.match(await peer.head(), /^GET \/next /)
    peer.send(ANSWER)
    assert.equal((await runner.response()).body, 'ok')
  }
})

fault(
  'SIGHUP a thousand times, and while it stops',
  'it reloads, goes on, and stops in order',
  async scene => {
    const certhop = await scene.start()
    for (let time = 0; time < 1000; time += 1) certhop.command.signal('SIGHUP')
    await certhop.assertWell()
    const { runner, peer } = await (await Path.open(scene, 'with a certificate', certhop)).ask()
    certhop.command.signal('SIGTERM')
    await stopsListening(certhop)
    certhop.command.signal('SIGHUP')
    peer.send(ANSWER)
    assert.equal((await runner.response()).body, 'ok')
    runner.close()
    assert.equal(await certhop.command.exit(), 0)
  },
)
