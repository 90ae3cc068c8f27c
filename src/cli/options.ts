import { availableParallelism } from 'node:os'
import { parseListen } from '../settings/listen.ts'
import { LOG_LEVELS } from '../settings/schema.ts'
import type { Option, Options } from './command.ts'

export const SETTINGS: Option = {
  flags: '--config <file>',
  description: 'settings; default $CERTHOP_CONFIG, then ./certhop.yaml, then ./config/certhop.yaml',
}

/** Where the configuration is: on every command that reads all of it. */
export const CONFIGURATION: readonly Option[] = [
  SETTINGS,
  { flags: '--registry <file>', description: 'certificates; wins over the settings' },
]

/** Where the local authority is: on every command that opens it. */
export const STATE_DIRECTORY: Option = {
  flags: '--state-dir <dir>',
  description: 'the local authority and what makes runners trust it; wins over the settings',
}

export const GROUP: Option = {
  flags: '--group <name>',
  description: 'the groups that the request names, joined with +',
}

export const JSON_OUTPUT: Option = { flags: '--json', description: 'print JSON' }

export const LISTEN: Option = {
  flags: '--listen <host:port>',
  description: 'where to listen; port 0 picks a free one',
  check: checkListen,
}

/** What wins over the settings while a proxy runs. */
export const RUNNING: readonly Option[] = [
  LISTEN,
  {
    flags: '--admin <host:port>',
    description: 'where the page and the API of the admin plane listen, or `off`',
    check: text =>
      text === 'off' || parseListen(text) !== null
        ? null
        : 'It must be HOST:PORT, such as 127.0.0.1:8129, or `off`.',
  },
  STATE_DIRECTORY,
  { flags: '--log-level <level>', description: 'how much to log', choices: LOG_LEVELS },
  {
    flags: '--workers <n>',
    description: 'threads that carry requests, or `auto` for as many as there are processors; default 1',
    check: text =>
      text === 'auto' || /^[1-9]\d{0,2}$/.test(text) ? null : 'It must be a number from 1 on, or `auto`.',
  },
]

/** How many threads carry requests. */
export function workersOf({ workers = '1' }: Options): number {
  return workers === 'auto' ? availableParallelism() : Number(workers)
}

function checkListen(text: string): string | null {
  return parseListen(text) === null ? 'It must be HOST:PORT, such as 127.0.0.1:8128.' : null
}
