import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Lifetime } from '../support/servers.ts'

const HEADER_OCTETS = 12
const [TYPE_A, CLASS_IN] = [1, 1]

/**
 * A name server (RFC 1035) that says of names under `alive.test` that they are 127.0.0.1, and never answers for others.
 * `address` is one of this machine's on whose port 53 nobody listens.
 */
export async function startNameServer(lifetime: Lifetime, address: string): Promise<void> {
  const server = createSocket('udp4')
  server.on('message', (query, { address: client, port }) => {
    const { name, type, end } = readQuestion(query)
    if (!/(?:^|\.)alive\.test$/.test(name)) return
    server.send(answerTo(query.subarray(0, end), type === TYPE_A), port, client)
  })
  server.bind(53, address)
  await once(server, 'listening')
  lifetime.after(() => server.close())
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = HEADER_OCTETS
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function answerTo(question: Buffer, hasAddress: boolean): Buffer {
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(hasAddress ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  if (!hasAddress) return head
  // The name is where the question has it.
  return Buffer.concat([
    head,
    Buffer.of(0xc0, HEADER_OCTETS, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1),
  ])
}
