import { readFile } from 'node:fs/promises'
import { CONNECT_HTTP1 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { packageVersion } from '../version.ts'

export const PLAYWRIGHT = fetcher({
  name: '@playwright/test APIRequest',
  label: 'playwright',
  version: () => packageVersion('@playwright/test'),
  async get(url, bed) {
    const body = bed.path('playwright.body')
    const outcome = await bed.run(
      process.execPath,
      [
        `${RUNNERS_FOLDER}node_modules/@playwright/test/cli.js`,
        ...['test', '--config', `${RUNNERS_FOLDER}programs/playwright/playwright.config.js`],
      ],
      { RUNNER_URL: url, RUNNER_BODY: body, RUNNER_OUTPUT: bed.path('playwright') },
    )
    if (outcome.status !== 0) return { ...outcome, stdout: '', stderr: outcome.stdout + outcome.stderr }
    return { ...outcome, stdout: await readFile(body, 'utf8') }
  },
  http: CONNECT_HTTP1,
  https: CONNECT_HTTP1,
})
