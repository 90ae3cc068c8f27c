import type { Command, CommandGroup } from './command.ts'

type Loader = () => Promise<Command | CommandGroup>

/** In the order of `certhop --help`. Each brings what it needs and the others don't: `serve` starts in half the time without theirs. */
const LOADERS: Readonly<Record<string, Loader>> = {
  serve: async () => (await import('./serve.ts')).serve,
  run: async () => (await import('./run.ts')).run,
  env: async () => (await import('./env.ts')).env,
  check: async () => (await import('./check.ts')).check,
  explain: async () => (await import('./explain.ts')).explain,
  list: async () => (await import('./list.ts')).list,
  add: async () => (await import('./add.ts')).add,
  remove: async () => (await import('./remove.ts')).remove,
  doctor: async () => (await import('./doctor.ts')).doctor,
  ca: async () => (await import('./ca.ts')).ca,
  secrets: async () => (await import('./secrets.ts')).secrets,
  demo: async () => (await import('./demo.ts')).demo,
}

/** The command that `name` names; all of them, for help and advice, where it names none. */
export function loadCommands(name: string | undefined): Promise<readonly (Command | CommandGroup)[]> {
  const named = Object.entries(LOADERS).filter(([each]) => each === name)
  const loaders = named.length > 0 ? named : Object.entries(LOADERS)
  return Promise.all(loaders.map(([, load]) => load()))
}
