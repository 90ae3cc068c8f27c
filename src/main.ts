import { setFlagsFromString } from 'node:v8'
import { main } from './cli/main.ts'

// Buffers of connections die young: a small young generation finds them while they are still in the processor's cache, and
// a large one lets them push V8 into collecting everything.
setFlagsFromString('--semi-space-growth-factor=1')
// After its first full collection V8 lets a small heap grow by so little that the buffers of some hundred requests have it
// collect everything, twenty times a second. By itself it would allow up to fourfold.
setFlagsFromString('--heap-growing-percent=150')

const { argv, cwd, env, stderr, stdout } = process
const io = {
  // Opened by those alone who read it: what a command of `run` is typed belongs to that command.
  get stdin() {
    return process.stdin
  },
  ...{ stdout, stderr, env, folder: cwd(), signals: process },
}
// A reader that has seen enough, such as `head`, is no failure.
stdout.on('error', () => process.exit(0))
// If nothing is left to wait for, and the command has not come to its end, it has failed.
process.exitCode = 1
main(argv.slice(2), io).then(status => {
  // A pipe holds only so much until it is read, and `exit` would cut off the rest.
  stdout.write('', () => stderr.write('', () => process.exit(status)))
})
