import { readFile } from 'node:fs/promises'
import { ABSOLUTE, CONNECT_HTTP1 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { packageVersion } from '../version.ts'

export const BRUNO = fetcher({
  name: '@usebruno/cli',
  label: 'bruno',
  version: () => packageVersion('@usebruno/cli'),
  async get(url, bed) {
    const report = bed.path('bruno.json')
    const script = `cd "$1" && shift && exec "$@"`
    const outcome = await bed.run('sh', [
      ...['-c', script, 'sh', `${RUNNERS_FOLDER}programs/bruno`],
      ...[process.execPath, `${RUNNERS_FOLDER}node_modules/@usebruno/cli/bin/bru.js`],
      ...['run', 'get.bru', '--env-var', `url=${url}`, '--output', report, '--format', 'json'],
    ])
    const [{ results }] = JSON.parse(await readFile(report, 'utf8'))
    return { ...outcome, stdout: JSON.stringify(results[0].response.data) }
  },
  http: ABSOLUTE,
  https: CONNECT_HTTP1,
})
