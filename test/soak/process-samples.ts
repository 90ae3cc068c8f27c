import { readdir, readFile } from 'node:fs/promises'

export interface Sample {
  /** Since the first one, in minutes. */
  readonly minutes: number
  /** MiB. */
  readonly resident: number
}

/** The memory that a process takes, in MiB, from Linux's /proc. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** How many descriptors a process has open, from Linux's /proc. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

/** MiB a minute, by least squares. */
export function memorySlope(samples: readonly Sample[]): number {
  const meanOf = (value: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length
  const [time, resident] = [meanOf(sample => sample.minutes), meanOf(sample => sample.resident)]
  const shared = meanOf(sample => (sample.minutes - time) * (sample.resident - resident))
  return shared / meanOf(sample => (sample.minutes - time) ** 2)
}
