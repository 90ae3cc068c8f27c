import { connect, type LookupFunction, type Socket } from 'node:net'
import type { Destination } from './addresses.ts'
import { type TimeLimit, within } from './time-limit.ts'

/**
 * A connection to the first address of `destination` that takes one. Both directions end separately (`allowHalfOpen`), and
 * Nagle's algorithm is off. Rejects with Node's error, or with that of `limit`.
 */
export async function openTcp(destination: Destination, limit: TimeLimit): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect({
    // Never an address: `lookup` would not be asked, and what was checked is not what would be dialled.
    host: 'destination',
    port: destination.port,
    lookup: knownAddresses(destination),
    autoSelectFamily: true,
    allowHalfOpen: true,
    noDelay: true,
  })
  // It may also break before anybody uses it; whoever then does is told.
  socket.on('error', reject)
  socket.once('connect', resolve)
  try {
    await within(limit, promise)
  } catch (error) {
    socket.destroy()
    throw error
  }
  return socket
}

/** Makes the socket dial the addresses that were checked, whatever a second look-up would say. */
function knownAddresses(destination: Destination): LookupFunction {
  return (_host, lookupOptions, callback) => {
    const [first] = destination.addresses
    if (lookupOptions.all) callback(null, [...destination.addresses])
    else callback(null, first?.address ?? '', first?.family)
  }
}
