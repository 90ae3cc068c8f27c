import { parentPort } from 'node:worker_threads'
import { type LockedKey, openLockedKey } from './private-key.ts'

parentPort?.on('message', (locked: LockedKey) => parentPort?.postMessage(openLockedKey(locked)))
