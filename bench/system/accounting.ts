import { readdirSync, readFileSync } from 'node:fs'

export const MEBIBYTE = 1024 ** 2

interface Usage {
  /** That a process and its descendants used. */
  readonly cpuSeconds: number
  /** That others used on the same core. */
  readonly othersSeconds: number
}

/** Begins an account; the function that is returned closes it. */
export function usageOf(pid: number, core: number): () => Usage {
  const busyBefore = busySeconds(core)
  const cpuBefore = cpuNanoseconds(pid)
  return () => {
    const cpuSeconds = (cpuNanoseconds(pid) - cpuBefore) / 1e9
    return { cpuSeconds, othersSeconds: Math.max(0, busySeconds(core) - busyBefore - cpuSeconds) }
  }
}

/** Seconds of processor time since the start of a process, in steps of 10 ms; threads that ended are in it. */
export function cpuSecondsSinceStart(root: number): number {
  const ticks = processTree(root).map(pid => {
    const [user = 0, system = 0, ofUserChildren = 0, ofSystemChildren = 0] = statOf(pid)
      .slice(11, 15)
      .map(Number)
    return user + system + ofUserChildren + ofSystemChildren
  })
  return sum(ticks) / TICKS_A_SECOND
}

/** Nanoseconds of processor time that a process, its threads and its descendants have used. Threads that ended are not in it. */
function cpuNanoseconds(root: number): number {
  return sum(
    processTree(root).flatMap(pid =>
      readdirSync(`/proc/${pid}/task`).map(thread => {
        // The scheduler's own count, in nanoseconds; /proc/PID/stat has it only in ticks of 10 ms.
        const schedule = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
        return Number(schedule.split(' ', 1)[0])
      }),
    ),
  )
}

/** The memory that a process and its descendants hold, in bytes; pages they share count once for each. */
export function residentBytes(root: number): number {
  return memory(root, /^VmRSS:\s*(\d+) kB$/m)
}

/** The most memory that a process and its descendants have held, in bytes; pages they share count once for each. */
export function peakResidentBytes(root: number): number {
  return memory(root, /^VmHWM:\s*(\d+) kB$/m)
}

function memory(root: number, line: RegExp): number {
  return sum(
    processTree(root).map(pid => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      return Number(line.exec(status)?.[1] ?? 0) * 1024
    }),
  )
}

/**
 * Seconds that a processor has not been idle, in steps of 10 ms. What the hypervisor gave to another machine is in it:
 * it disturbs like another process.
 */
function busySeconds(core: number): number {
  const line = new RegExp(`^cpu${core} (.+)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  const [user = 0, nice = 0, system = 0, _idle, _waiting, interrupts = 0, softInterrupts = 0, stolen = 0] =
    line.split(' ').map(Number)
  return (user + nice + system + interrupts + softInterrupts + stolen) / TICKS_A_SECOND
}

/** The unit of /proc/stat; fixed on all of Linux's usual architectures. */
const TICKS_A_SECOND = 100

/** `root` and all its descendants; throws when `root` has ended. */
function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const parent = parentOf(Number(name))
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const collect = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(collect)]
  return collect(root)
}

/** Null when the process ended meanwhile. */
function parentOf(pid: number): number | null {
  try {
    return Number(statOf(pid)[1])
  } catch {
    return null
  }
}

/** What the kernel tells of a process (proc(5)), from its state on: the parent, and further on the times. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Before that is the name in parentheses, which may hold spaces and parentheses itself.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
