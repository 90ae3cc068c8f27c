import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { RawConnection } from '../support/raw-connection.ts'
import { startRawServer } from '../support/servers.ts'
import { openTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { LONG, section } from './section.ts'
import { CLEAR } from './subject.ts'
import { Path, WAYS } from './ways.ts'

const fault = section('Slow readers and writers')

const MIB = 1024 ** 2
const SIZE = LONG ? 1024 * MIB : 64 * MIB
/** How much more memory a process may take for it. */
const GROWTH = 32 * MIB

const PIECE = Buffer.alloc(256 * 1024, 'x')

/** Sends octets as fast as they are taken; a slow writer waits behind each piece. */
async function send(socket: Socket, octets: number, isSlow: boolean): Promise<void> {
  for (let left = octets; left > 0; left -= PIECE.length) {
    const flowing = socket.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE)
    if (!flowing) await once(socket, 'drain')
    if (isSlow) await setTimeout(1)
  }
}

/** Reads octets as fast as they come; a slow reader stops again and again, so that all buffers on the way are full. */
async function receive(socket: Socket, octets: number, isSlow: boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let received = 0
  let untilPause = 4 * MIB
  const onData = (bytes: Buffer) => {
    received += bytes.length
    untilPause -= bytes.length
    if (received >= octets) resolve()
    else if (isSlow && untilPause <= 0) {
      untilPause = 4 * MIB
      socket.pause()
      void setTimeout(5).then(() => socket.resume())
    }
  }
  const onEnd = () => reject(new Error(`the connection ended after ${received} octets`))
  socket.on('data', onData).on('close', onEnd)
  await promise
  socket.off('data', onData).off('close', onEnd)
  assert.equal(received, octets)
}

function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const [, kibibytes] =
    new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1024
}

/** How much more memory a process had at its peak than before. */
async function growthOf(pid: number, task: () => Promise<void>): Promise<number> {
  // From now on the peak is counted anew (proc(5), clear_refs).
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const before = memoryOf(pid, 'VmRSS')
  await task()
  return memoryOf(pid, 'VmHWM') - before
}

interface Connected {
  readonly runner: Socket
  readonly server: Socket
}

/** Nothing is kept of what comes, as for the other tests it is. */
function bare(runner: RawConnection, server: RawConnection): Connected {
  for (const { socket } of [runner, server]) socket.removeAllListeners('data')
  return { runner: runner.socket, server: server.socket }
}

async function openBlind(scene: Scene): Promise<Connected> {
  const server = await startRawServer(scene)
  const socket = await openTunnel(scene.certhop.port, `${CLEAR}:${server.port}`)
  scene.after(() => socket.destroy())
  return bare(new RawConnection(socket), await server.accept())
}

type Direction = 'upload' | 'download'

/** Everything is on its way but the body. */
async function begin(
  scene: Scene,
  way: (typeof ALL_WAYS)[number],
  direction: Direction,
  octets: number,
): Promise<Connected> {
  if (way === 'in a tunnel that is not opened') return openBlind(scene)
  const path = await Path.open(scene, way)
  const length = `Content-Length: ${octets}\r\n\r\n`
  const { runner, peer } = await (direction === 'upload' ? path.ask('POST', length) : path.ask())
  if (direction === 'download') {
    peer.send(`HTTP/1.1 200 OK\r\n${length}`)
    await runner.head()
  }
  return bare(runner, peer)
}

const ALL_WAYS = [...WAYS, 'in a tunnel that is not opened'] as const

for (const direction of ['download', 'upload'] as const) {
  for (const slow of ['runner', 'server'] as const) {
    const isReader = (slow === 'runner') === (direction === 'download')
    const does = isReader ? 'reads' : 'writes'
    fault(
      `a ${slow} ${does} slowly in ${direction === 'upload' ? 'an upload' : 'a download'} of a gibibyte, on every way`,
      'all of it arrives, and memory grows by less than 32 MiB',
      async scene => {
        const { pid } = scene.certhop.command
        let most = 0
        for (const way of ALL_WAYS) {
          const carry = async (octets: number) => {
            const { runner, server } = await begin(scene, way, direction, octets)
            const [from, to] = direction === 'upload' ? [runner, server] : [server, runner]
            await Promise.all([send(from, octets, !isReader), receive(to, octets, isReader)])
            for (const socket of [runner, server]) socket.destroy()
          }
          // What is made with the first body stays.
          await carry(16 * MIB)
          const growth = await growthOf(pid, () => carry(SIZE))
          assert.ok(growth < GROWTH, `${way}: ${growth / MIB} MiB more`)
          most = Math.max(most, growth)
        }
        return `${ALL_WAYS.length} times ${SIZE / MIB} MiB; ${Math.ceil(most / MIB)} MiB more at most`
      },
    )
  }
}
