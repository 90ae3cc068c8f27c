// Plain JavaScript for any Node >= 20: see runtime.js.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'

const PASSED_ON = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']

/** What a terminal sends to every process in its foreground, and so to the child without our help. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT']

export async function runInForeground(command, args, { env, cwd, signals = process } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: 'inherit' })
  // A second Ctrl-C would end at once what the first one asked to end in order.
  const terminal = [0, 1, 2].some(descriptor => isatty(descriptor))
  const passOn = signal => (terminal && FROM_TERMINAL.includes(signal)) || child.kill(signal)
  for (const signal of PASSED_ON) signals.on(signal, passOn)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : code))
    })
  } finally {
    for (const signal of PASSED_ON) signals.off(signal, passOn)
  }
}
