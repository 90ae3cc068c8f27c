import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import type { Random } from './random.ts'
import { LONG, section } from './section.ts'
import { Path, WAYS } from './ways.ts'

const fault = section('Kept connections')

const REQUESTS = LONG ? 10_000 : 3000
/** On each way. */
const RUNNERS = 5

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** What a server does with a connection on which nothing is asked. It may read no more, and so not know what has come. */
const ENDS: readonly ((socket: Socket, random: Random) => void)[] = [
  socket => socket.end(),
  socket => socket.destroy(),
  socket => setImmediate(() => socket.destroy()),
  (socket, random) => setTimeout(() => socket.destroy(), random.below(4)),
  (socket, random) => setTimeout(() => socket.pause().end(), random.below(4)),
]

/** Answers what is asked on each connection of a server, and ends it behind one in four answers. */
class UnreliableServer {
  ended = 0
  /** How often each path was asked for. */
  readonly served = new Map<string, number>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  async serve({ server }: Path): Promise<never> {
    for (;;) {
      const peer = await server.accept()
      peer.socket.removeAllListeners('data')
      this.#answer(peer.socket, peer.received)
    }
  }

  #answer(socket: Socket, early: string): void {
    let received = ''
    let isEnding = false
    const take = (text: string) => {
      // Once it has decided to end it looks at nothing any more.
      if (isEnding) return
      received += text
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) return
      const [, path = ''] = received.split(' ', 2)
      this.served.set(path, this.timesServed(path) + 1)
      received = received.slice(end + 4)
      socket.write(ANSWER)
      isEnding = this.#random.below(4) === 0
      if (!isEnding) return
      this.ended += 1
      this.#random.pick(ENDS)(socket, this.#random)
    }
    socket.on('data', (bytes: Buffer) => take(bytes.toString('latin1')))
    take(early)
  }

  timesServed(path: string): number {
    return this.served.get(path) ?? 0
  }
}

/** Sends requests one after the other, and resolves with how many POSTs were lost. */
async function sendAll(
  path: Path,
  server: UnreliableServer,
  random: Random,
  prefix: string,
): Promise<number> {
  const runner = await path.connect()
  let lost = 0
  for (let number = 0; number < REQUESTS / RUNNERS / WAYS.length; number += 1) {
    const isPost = random.below(4) === 0
    const target = `${prefix}/${number}`
    const request = isPost ? 'POST' : 'GET'
    const length = isPost ? 'Content-Length: 0\r\n' : ''
    runner.send(`${request} ${path.url}${target} HTTP/1.1\r\nHost: x\r\n${length}\r\n`)
    const { status, head } = await runner.response()
    const times = server.timesServed(target)
    if (isPost) assert.ok(times <= 1, `POST ${target} was served ${times} times`)
    if (status === 200) assert.ok(times >= 1, `${request} ${target} was answered and not served`)
    else {
      assert.ok(isPost, `GET ${target} failed: ${head}`)
      assert.match(head, /error=connection_terminated/)
      lost += 1
    }
  }
  return lost
}

fault(
  'a server closes idle connections at random, also with the next request unread, under thousands of requests',
  'no GET fails, and no POST is sent twice',
  async scene => {
    const { random } = scene
    const server = new UnreliableServer(random)
    const lost = await Promise.all(
      WAYS.flatMap(way => {
        const opened = Path.open(scene, way)
        void opened.then(path => server.serve(path))
        return Array.from({ length: RUNNERS }, async (_, runner) =>
          sendAll(await opened, server, random, `/${way.replaceAll(' ', '-')}/${runner}`),
        )
      }),
    )
    assert.ok(server.ended > REQUESTS / 10)
    const sum = lost.reduce((total, each) => total + each)
    return `${REQUESTS} requests, ${server.ended} closed connections: 0 GETs failed; ${sum} POSTs failed, none was served twice`
  },
)
