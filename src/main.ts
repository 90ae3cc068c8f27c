import { main } from './cli/main.ts'

const { argv, cwd, env, stderr, stdout } = process
// A reader that has seen enough, such as `head`, is no failure.
stdout.on('error', () => process.exit())
const io = {
  // Opened by those alone who read it: what a command of `run` is typed belongs to that command.
  get stdin() {
    return process.stdin
  },
  ...{ stdout, stderr, env, folder: cwd(), signals: process },
}
process.exit(await main(argv.slice(2), io))
