import type { RawConnection } from './raw-connection.ts'

/** Milliseconds between two octets: well below every deadline that they must not put off. */
const EVERY = 20

/** Sends `octets` one at a time, and the last of them again and again, until the peer has ended the connection. */
export async function sendSlowly(peer: RawConnection, octets: string): Promise<void> {
  let sent = 0
  const timer = setInterval(() => {
    if (peer.socket.writable) peer.send(octets[Math.min(sent, octets.length - 1)] as string)
    sent += 1
  }, EVERY)
  while (!peer.ended)
    await new Promise<void>(resolve => peer.socket.once('end', resolve).once('close', resolve))
  clearInterval(timer)
}

/** Does `task` over and over until `until` has come. Resolves with how often it was done. */
export async function meanwhile(until: Promise<unknown>, task: () => Promise<void>): Promise<number> {
  let over = false
  const ended = until.finally(() => {
    over = true
  })
  let times = 0
  for (; !over; times += 1) await task()
  await ended
  return times
}
