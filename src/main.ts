import { main } from './cli/main.ts'

const { argv, cwd, env, stderr, stdout } = process
const io = {
  // Opened by those alone who read it: what a command of `run` is typed belongs to that command.
  get stdin() {
    return process.stdin
  },
  ...{ stdout, stderr, env, folder: cwd(), signals: process },
}
process.exit(await main(argv.slice(2), io))
