import { readFile } from 'node:fs/promises'
import { ABSOLUTE, CONNECT_HTTP1 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { packageVersion } from '../version.ts'

export const NEWMAN = fetcher({
  name: 'newman',
  label: 'newman',
  version: () => packageVersion('newman'),
  async get(url, bed) {
    const report = bed.path('newman.json')
    const outcome = await bed.run(process.execPath, [
      `${RUNNERS_FOLDER}node_modules/newman/bin/newman.js`,
      ...['run', `${RUNNERS_FOLDER}programs/newman.json`, '--env-var', `url=${url}`],
      ...['--reporters', 'json', '--reporter-json-export', report],
    ])
    const { executions } = JSON.parse(await readFile(report, 'utf8')).run
    const body = executions[0].response?.stream ?? []
    return { ...outcome, stdout: Buffer.from(body).toString() }
  },
  http: ABSOLUTE,
  https: CONNECT_HTTP1,
})
