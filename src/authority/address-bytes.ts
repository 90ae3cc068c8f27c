import { isIPv4 } from 'node:net'

/** The 4 or 16 octets of an IP address, as `normalizeHost` returns it, in network order. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [before = '', after] = address.split('::')
  const first = groups(before)
  const last = groups(after ?? '')
  const zeros = new Array<number>(8 - first.length - last.length).fill(0)
  const bytes = Buffer.alloc(16)
  for (const [index, group] of [...first, ...zeros, ...last].entries()) bytes.writeUInt16BE(group, 2 * index)
  return bytes
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
}
