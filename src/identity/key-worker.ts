import { parentPort } from 'node:worker_threads'
import { type LockedBundle, openBundle } from './pkcs12.ts'
import { type LockedKey, openLockedKey } from './private-key.ts'

parentPort?.on('message', async (locked: LockedKey | LockedBundle) => {
  parentPort?.postMessage('bundle' in locked ? await openBundle(locked) : openLockedKey(locked))
})
