import type { Socket } from 'node:net'

/** Writes a head (latin1) and the first bytes of its body in one packet, if they fit in one. Returns what `write` does. */
export function writeTogether(socket: Socket, head: string, body: Buffer): boolean {
  socket.cork()
  socket.write(head, 'latin1')
  const flowing = socket.write(body)
  socket.uncork()
  return flowing
}
