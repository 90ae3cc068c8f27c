import { writeFile } from 'node:fs/promises'
import { test } from '@playwright/test'

test('get', async ({ request }) => {
  const response = await request.get(process.env.RUNNER_URL)
  await writeFile(process.env.RUNNER_BODY, await response.body())
})
