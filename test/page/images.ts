// Writes the images of docs/page.md. Run by hand, after `npm run build:page`:
// WRITE_IMAGES=1 node scripts/pinned.js --test test/page/images.ts
import { test } from 'node:test'
import { type CertificateRequest, createAuthority } from '../support/certificates.ts'
import { entry, registryText } from '../support/registry-folder.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import { ask } from './ask.ts'
import { keepImage, servePage } from './browser.ts'
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

test('images of the certificates and of which one wins', async t => {
  const authority = await createAuthority({ name: 'Partner CA', organization: 'Example Bank' })
  const [name = '', ...names] = HOSTS
  const certificate = await authority.server({ name, names })
  const port = await startHttpsServer(t, { certificate, clientAuthority: authority }, (request, response) => {
    response.end(clientName(request.socket))
  })
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
