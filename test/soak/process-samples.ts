import { readdir, readFile } from 'node:fs/promises'

export interface Sample {
  /** Since the first one, in minutes. */
  readonly minutes: number
  /** MiB. */
  readonly resident: number
  readonly descriptors: number
}

/** What a process takes, from Linux's /proc. */
export async function sampleProcess(pid: number, startedAt: number): Promise<Sample> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length
  return { minutes: (performance.now() - startedAt) / 60_000, resident, descriptors }
}

/** MiB a minute, by least squares. */
export function memorySlope(samples: readonly Sample[]): number {
  const meanOf = (value: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length
  const [time, resident] = [meanOf(sample => sample.minutes), meanOf(sample => sample.resident)]
  const shared = meanOf(sample => (sample.minutes - time) * (sample.resident - resident))
  return shared / meanOf(sample => (sample.minutes - time) ** 2)
}
