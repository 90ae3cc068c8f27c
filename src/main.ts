import { main } from './cli/main.ts'

const { argv, cwd, env, stderr, stdout } = process
// A reader that has seen enough, such as `head`, is no failure.
stdout.on('error', () => process.exit())
process.exit(await main(argv.slice(2), { stdout, stderr, env, folder: cwd(), signals: process }))
