import { defineConfig } from '@playwright/test'

export default defineConfig({
  reporter: 'line',
  outputDir: process.env.RUNNER_OUTPUT,
  use: { proxy: { server: process.env.HTTPS_PROXY } },
})
