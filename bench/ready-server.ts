import type { RunningPeer } from './peer.ts'
import { PinnedProcess } from './pinned-process.ts'

/** Starts a program with the Node that runs this one, and waits for the line in which it says where it listens. */
export async function startReadyServer(core: number, args: readonly string[]): Promise<RunningPeer> {
  const server = new PinnedProcess(core, [process.execPath, ...args])
  const { proxy, pid } = JSON.parse(await server.firstLine()) as { proxy: string; pid: number }
  return { url: proxy, pid, stop: () => server.stop() }
}
