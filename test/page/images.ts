// Writes the images of docs/page.md. Run by hand, after `npm run build:page`:
// WRITE_IMAGES=1 node scripts/pinned.js --test test/page/images.ts
import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Status } from '../../src/admin/schemas.ts'
import { type Certificate, type CertificateRequest, createAuthority } from '../support/certificates.ts'
import { entry, registryText } from '../support/registry-folder.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import { ask } from './ask.ts'
import { keepImage, type PageServer, servePage } from './browser.ts'
import { file, openForm, rowOf } from './certificate-form.ts'

const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + (days + 0.5) * DAY)

const HOSTS = ['api.payments.example', 'beta.payments.example', 'orders.example', 'reports.example']

const CLIENTS: Readonly<Record<string, CertificateRequest>> = {
  'payments-2025': { name: 'checks', organization: 'Acme', notAfter: inDays(12) },
  'payments-2026': { name: 'checks', organization: 'Acme', notAfter: inDays(363) },
  ledger: { name: 'ledger-reader', organization: 'Acme', notBefore: inDays(-400), notAfter: inDays(-3) },
  orders: { name: 'orders', organization: 'Acme', keyType: 'RSA-2048', notAfter: inDays(201) },
  reports: { name: 'reports', organization: 'Acme', keyType: 'Ed25519', notAfter: inDays(85) },
  'reports-next': { name: 'reports', organization: 'Acme', notBefore: inDays(6), notAfter: inDays(371) },
}

const ENTRIES = [
  entry('payments-2026', '*.payments.example', 'addedAt: 2026-11-02T09:12:00Z, ca: root.pem'),
  entry('payments-2025', '*.payments.example', 'addedAt: 2025-11-04T08:30:00Z, ca: root.pem'),
  entry('orders', 'orders.example', 'addedAt: 2026-06-15T13:05:00Z, ca: root.pem, groups: [orders, smoke]'),
  entry('ledger', 'ledger.internal.example', 'addedAt: 2025-10-17T10:00:00Z, ca: root.pem, port: 8443'),
  entry('reports', 'reports.example', 'addedAt: 2026-09-01T07:45:00Z, ca: root.pem'),
  entry('reports-next', 'reports.example', 'addedAt: 2026-11-20T15:20:00Z, ca: root.pem'),
]

/** Answers as its path says: `/v1/payouts` 503, below `/v1/reports/` after a while, what it does not know 404. */
const onRequest: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://path.example')
  response.statusCode = pathname === '/v1/payouts' ? 503 : pathname.endsWith('/unknown') ? 404 : 200
  const answer = () => response.end(clientName(request.socket))
  if (!pathname.startsWith('/v1/reports/')) answer()
  else {
    setTimeout(() => {
      response.write('Reports of ')
      setTimeout(answer, 30)
    }, 12)
  }
}

async function serveExample(t: TestContext): Promise<PageServer & { authority: Certificate }> {
  const authority = await createAuthority({ name: 'Partner CA', organization: 'Example Bank' })
  const [name = '', ...names] = HOSTS
  const certificate = await authority.server({ name, names })
  const port = await startHttpsServer(t, { certificate, clientAuthority: authority }, onRequest)
  const server = await servePage(t, {
    settings: `resolve: {${HOSTS.map(host => `"${host}": "127.0.0.1:${port}"`).join(', ')}}\n`,
    registry: registryText(...ENTRIES),
    prepare: async folder => {
      await folder.write('root.pem', authority.pem)
      for (const [id, request] of Object.entries(CLIENTS)) {
        await folder.writePair(id, await authority.client(request))
      }
    },
  })
  return { ...server, authority }
}

test('images of the certificates and of which one wins', async t => {
  const { authority, ...server } = await serveExample(t)
  for (const [host = '', requests = 0] of [
    ['api.payments.example', 412],
    ['beta.payments.example', 37],
    ['reports.example', 96],
  ] as const) {
    for (let count = 0; count < requests; count++) await ask(server.proxyUrl, `http://${host}/`)
  }

  const page = await server.open('#/certificates')
  await rowOf(page, 'payments-2026').getByText('449').waitFor()
  await keepImage(page, 'certificates')

  await page.getByRole('button', { name: 'Remove payments-2026' }).click()
  await page.getByText('beta.payments.example').waitFor()
  await keepImage(page, 'remove-certificate')
  await page.keyboard.press('Escape')

  const form = await openForm(page)
  const client = await authority.client({ name: 'checks', organization: 'Acme', notAfter: inDays(364) })
  const files = [
    file('checks.crt', client.pem),
    file('checks.key', client.key()),
    file('bank-ca.pem', authority.pem),
  ]
  await form.getByLabel('choose files').setInputFiles(files)
  await form.getByLabel('Hosts').fill('beta.payments.example')
  await form.getByText('Goes from payments-2026 to this certificate').waitFor()
  await form.getByText('O=Acme, CN=checks', { exact: true }).waitFor()
  await keepImage(page, 'add-certificate')
  await page.keyboard.press('Escape')

  await page.getByRole('link', { name: 'Which certificate wins?' }).click()
  await page.getByLabel('URL or host').fill('https://api.payments.example/v1/health')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'payments-2026 wins' }).waitFor()
  await keepImage(page, 'explain')
})

const URLS = [
  'http://api.payments.example/v1/payments?from=2026-11-01&to=2026-11-30',
  'http://api.payments.example/v1/payouts',
  'http://nowhere.invalid/health',
  'http://api.payments.example/v1/balance?currency=EUR',
  'http://beta.payments.example/v2/mandates/unknown',
  'http://ledger.internal.example:8443/entries/4711',
  'http://api.payments.example/v1/refunds/5e01',
  'http://api.payments.example/v1/payments/8f2c1d',
  'http://beta.payments.example/health',
]

test('images of traffic, of health and of connecting a runner', async t => {
  const server = await serveExample(t)
  const page = await server.open('', { viewport: { width: 1440, height: 1140 } })
  await answerAnHour(page)
  await page.getByRole('link', { name: 'Health' }).click()
  await page.getByRole('region', { name: 'Expiry calendar' }).waitFor()
  await page.getByRole('img', { name: /^Requests/ }).waitFor()
  await keepImage(page, 'health')

  const slow = 'http://reports.example/v1/reports/2026-11'
  for (const url of [...URLS, ...URLS.toReversed(), slow, ...URLS.slice(0, 5)])
    await ask(server.proxyUrl, url)
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.getByRole('link', { name: 'Traffic' }).click()
  await page.locator('[data-request]', { hasText: 'reports.example' }).click()
  await page.getByText('A connection was dialled for this request').waitFor()
  await keepImage(page, 'traffic')

  await page.getByRole('link', { name: 'Connect a runner' }).click()
  await page.getByLabel('A URL that the runner requests').fill('http://reports.example/health')
  await page.getByRole('tab', { name: 'Node' }).click()
  await page.getByRole('button', { name: 'Wait for a request' }).click()
  await ask(server.proxyUrl, 'http://reports.example/health')
  await page.getByText('It arrived, and went out with reports', { exact: true }).waitFor()
  await keepImage(page, 'connect')
})

/** Has the page believe that the process has run for an hour, with a busy quarter in it. */
async function answerAnHour(page: Page): Promise<void> {
  await page.route('**/api/status', async route => {
    const response = await route.fetch()
    const status: Status = await response.json()
    const last = Math.floor(Date.now() / 10_000) * 10_000
    const startedAt = new Date(last - 200_000_000).toISOString()
    const series = Array.from({ length: 360 }, (_, index) => {
      const isBusy = index > 200 && index < 290
      const load = 40 + 18 * Math.sin(index / 23) + 7 * Math.sin(index / 3.1) + (isBusy ? 45 : 0)
      const p50Ms = 9 + load / 9 + Math.sin(index / 5)
      return {
        at: new Date(last - (360 - index) * 10_000).toISOString(),
        requests: Math.round(load),
        errors: index > 238 && index < 262 ? 12 + (index % 5) : 0,
        p50Ms,
        p99Ms: p50Ms * 3.4 + 12 * Math.abs(Math.sin(index / 2.3)),
      }
    })
    await route.fulfill({ response, json: { ...status, startedAt, cpuSeconds: 1180, series } })
  })
}
