import type { RunningPeer } from '../peers/peer.ts'
import { PinnedProcess, type ProcessOptions } from './pinned-process.ts'

interface ReadyLine {
  readonly proxy: string
  readonly authority?: string
  readonly admin?: string | null
  readonly pid: number
}

/** Starts a program with the Node that runs this one, and waits for the line in which it says where it listens. */
export async function startReadyServer(
  core: number,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<RunningPeer> {
  const server = new PinnedProcess(core, [process.execPath, ...args], options)
  const { proxy, authority = null, admin = null, pid } = JSON.parse(await server.nextLine()) as ReadyLine
  const metrics = admin === null ? null : `${admin}/metrics`
  const { startedAt } = server
  return { url: proxy, authority, pid, startedAt, log: null, metrics, stop: () => server.stop() }
}
