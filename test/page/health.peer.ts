import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { entry, registryText } from '../support/registry-folder.ts'
import { assertAccessible, assertFits, servePage } from './browser.ts'
import { serveForCurl } from './curl.ts'
import { startPayments } from './payments.ts'

const DAY = 86_400_000
/** As the page counts days: a few minutes more than so many are left. */
const inDays = (days: number) => new Date(Date.now() + days * DAY + 600_000)

describe('health', () => {
  test('shows the process, and counts its connections as they come and go', async t => {
    const { open, certhop, proxyUrl } = await serveForCurl(t)
    const page = await open('#/health')
    const now = page.locator('.process-facts')
    await now.getByText('Ready', { exact: true }).waitFor()
    await now.getByText(`process ${certhop.command.pid}`).waitFor()
    await now.locator('[data-fact="Generation"]').getByText('1', { exact: true }).waitFor()
    const runners = now.locator('[data-fact="Runner connections"]')
    await runners.getByText('0', { exact: true }).waitFor()
    const socket = await connected(proxyUrl)
    t.after(() => socket.destroy())
    await runners.getByText('1', { exact: true }).waitFor()
    socket.destroy()
    await runners.getByText('0', { exact: true }).waitFor()
    await assertAccessible(page)
  })

  test('draws rate and latency, and says the same in words and in a table', async t => {
    const { open, curl } = await serveForCurl(t)
    for (const path of ['/1', '/2', '/3']) await curl(`http://api.payments.example${path}`)
    await curl('https://broken.example/', '--http1.1')
    const page = await open('#/health')
    const latency = page.getByRole('img', { name: /^Latency of the last hour\./ })
    assert.match((await latency.getAttribute('aria-label')) ?? '', /at most [\d.]+ m?s/)
    await page.getByRole('img', { name: /^Requests of the last hour\./ }).waitFor()
    await page.getByText('The same as a table').click()
    const row = page.getByRole('table', { name: /Requests and latency/ }).locator('tbody tr')
    assert.deepEqual((await row.first().getByRole('cell').allInnerTexts()).slice(0, 2), ['4', '1'])
    await assertAccessible(page)
  })

  test('shows a reload that failed with file and line, and that it was mended, without being asked', async t => {
    const { open, folder, registry } = await serveForCurl(t)
    const page = await open('#/health')
    await page.getByText('Live', { exact: true }).waitFor()
    const reloads = page.getByRole('region', { name: 'Reloads' }).locator('.reload')
    await reloads.getByText('payments, orders, broken').waitFor()
    const broken = registry.replace('host: "orders.example"', 'host: "!orders.example"')
    await folder.replace('registry.yaml', broken)
    const alarm = page.getByText('The registry can’t be loaded; the last good one stays in use')
    await alarm.waitFor()
    const refused = reloads.first()
    await refused.getByText('Refused').waitFor()
    const line = broken.split('\n').findIndex(text => text.includes('!orders')) + 1
    await refused.getByText(`registry.yaml:${line}:`).waitFor()
    await assertAccessible(page)
    await folder.replace('registry.yaml', registry.replace('id: orders', 'id: orders-2026'))
    await alarm.waitFor({ state: 'hidden' })
    const mended = reloads.first()
    await mended.getByText('Loaded').waitFor()
    await mended.getByText('because files had changed').waitFor()
    const changes = await mended.locator('.facts').first().innerText()
    assert.match(changes, /Added\s+orders-2026\s+Removed\s+orders/)
    assert.equal(await reloads.count(), 3)
  })

  test('shows which certificates end when, the urgent ones first', async t => {
    const { authority, settings } = await startPayments(t)
    const ends = { orders: 400, soon: 12, later: 70, gone: -3, nightly: 3, payments: 200 }
    const { open, url } = await servePage(t, {
      settings,
      registry: registryText(
        ...Object.keys(ends).map(name => entry(name, `${name}.example`, 'ca: root.pem')),
      ),
      prepare: async folder => {
        await folder.write('root.pem', authority.pem)
        for (const [name, days] of Object.entries(ends)) {
          const notBefore = inDays(-100)
          await folder.writePair(name, await authority.client({ name, notBefore, notAfter: inDays(days) }))
        }
      },
    })
    const page = await open('#/health')
    const urgent = page.getByRole('list', { name: 'Expired, or within 30 days' }).getByRole('listitem')
    await urgent.first().waitFor()
    const words = await urgent.allInnerTexts()
    assert.deepEqual(
      words.map(text => text.split(/\s*\n\s*/).slice(0, 2)),
      [
        ['Expired 2 days ago', 'gone'],
        ['In 3 days', 'nightly'],
        ['In 12 days', 'soon'],
      ],
    )
    const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
    const months = page.getByRole('region', { name: 'Expiry calendar' }).locator('.month')
    assert.equal(await months.count(), 12)
    const expected = months.filter({ has: page.getByRole('heading', { name: month.format(inDays(70)) }) })
    await expected.getByText(String(inDays(70).getUTCDate()), { exact: true }).waitFor()
    await page.getByText('1 more expires after these months.').waitFor()
    await assertAccessible(page)
    await expected.getByRole('link', { name: 'later' }).click()
    await page.waitForURL(`${url}/#/certificates?search=later`)
    await page.locator('[data-certificate="later"]').waitFor()
    assert.equal(await page.locator('[data-certificate]').count(), 1)
  })

  test('fits a narrow screen', async t => {
    const { open } = await serveForCurl(t)
    const page = await open('#/health', { viewport: { width: 320, height: 640 } })
    await page.getByRole('region', { name: 'Reloads' }).waitFor()
    await page.getByRole('region', { name: 'Expiry calendar' }).waitFor()
    await assertFits(page)
    await page.getByText('The same as a table').click()
    await assertFits(page)
    await assertAccessible(page)
  })
})

async function connected(proxyUrl: string): Promise<Socket> {
  const { hostname, port } = new URL(proxyUrl)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}
