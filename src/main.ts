import { main } from './cli/main.ts'

const { argv, cwd, env, stderr, stdout } = process
const io = {
  stdout,
  stderr,
  env,
  folder: cwd(),
  signals: process,
  // Opening it makes it non-blocking, also for a command that inherits it.
  get stdin() {
    return process.stdin
  },
}
// A reader that has seen enough, such as `head`, is no failure.
stdout.on('error', () => process.exit())
process.exit(await main(argv.slice(2), io))
