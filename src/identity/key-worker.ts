import { parentPort } from 'node:worker_threads'
import { decryptAge, type LockedSecret } from './age.ts'
import { type LockedBundle, openBundle } from './pkcs12.ts'
import { type LockedKey, openLockedKey } from './private-key.ts'

parentPort?.on('message', async (locked: LockedKey | LockedBundle | LockedSecret) => {
  const opened = await open(locked)
  parentPort?.postMessage(opened)
  // The other side has a copy.
  if (opened instanceof Uint8Array) opened.fill(0)
})

function open(locked: LockedKey | LockedBundle | LockedSecret) {
  if ('encrypted' in locked) return decryptAge(locked)
  return 'bundle' in locked ? openBundle(locked) : openLockedKey(locked)
}
