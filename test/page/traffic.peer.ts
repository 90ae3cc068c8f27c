import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page, Route } from 'playwright-core'
import { assertAccessible, assertFits } from './browser.ts'
import { serveForCurl } from './curl.ts'
import { manyRequests } from './requests.ts'

const NARROW = { viewport: { width: 320, height: 640 } }

/** The requests that are listed; the newest is the first. */
function rowsOf(page: Page) {
  return page.getByRole('grid').locator('[data-request]')
}

/** The listed request that holds `text`. */
function rowWith(page: Page, text: string) {
  return rowsOf(page).filter({ hasText: text })
}

async function isLive(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor()
}

/** Waits for the count beside the filters. */
async function counts(page: Page, words: string): Promise<void> {
  await page.locator('[data-count]').getByText(words, { exact: true }).waitFor()
}

/** Has the page believe that these requests came before it was opened. */
async function answerRequests(page: Page, count: number): Promise<void> {
  const requests = manyRequests(count).reverse()
  await page.route('**/api/requests', route => route.fulfill({ json: { requests } }))
}

describe('traffic', () => {
  test('shows requests as they end, the newest first, with their identity and way', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('#/traffic')
    await page.getByRole('heading', { name: 'No request yet' }).waitFor()
    await assertAccessible(page)
    await isLive(page)
    assert.equal(await curl('http://api.payments.example/health'), 'payments')
    await rowWith(page, '/health').waitFor()
    assert.equal(await curl('https://orders.example/orders?token=secret', '--http1.1'), 'orders')
    await rowWith(page, '/orders').waitFor()
    const cells = rowsOf(page).first().getByRole('gridcell')
    const [, status, method, what, certificate, way, took] = await cells.allInnerTexts()
    assert.deepEqual([status, method, certificate, way], ['200', 'GET', 'orders', 'connect-h1'])
    assert.equal(what, 'orders.example/orders?token=***')
    assert.match(took ?? '', /^[\d.]+ m?s$/)
    await rowsOf(page).nth(1).getByText('absolute-http').waitFor()
    await counts(page, '2 requests')
    assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '3')
    await assertAccessible(page)
  })

  test('shows what came before the page was opened', async t => {
    const { open, curl } = await serveForCurl(t)
    await curl('http://api.payments.example/first')
    await curl('http://api.payments.example/second')
    const page = await open('#/traffic')
    await rowWith(page, '/first').waitFor()
    assert.match(await rowsOf(page).first().innerText(), /\/second/)
  })

  test('opens a request to its timing, its identity and what names it in the log', async t => {
    const { open, curl, certhop } = await serveForCurl(t)
    const page = await open('#/traffic', { viewport: { width: 1440, height: 900 } })
    await isLive(page)
    await curl('http://api.payments.example/cold')
    await curl('http://api.payments.example/warm')
    await counts(page, '2 requests')
    await rowWith(page, '/cold').click()
    const panel = page.getByRole('complementary', { name: 'Request' })
    await panel.getByText('http://api.payments.example/cold').waitFor()
    await panel.getByText('A connection was dialled for this request').waitFor()
    const parts = panel.locator('[data-phase]')
    const names = ['DNS', 'TCP connect', 'TLS handshake', 'First byte', 'Body']
    assert.deepEqual(await parts.getByRole('rowheader').allInnerTexts(), names)
    const bars = await Promise.all((await parts.locator('rect').all()).map(bar => bar.boundingBox()))
    for (const [index, bar] of bars.entries()) {
      const before = bars[index - 1]
      assert.ok(bar !== null && (before?.x ?? 0) <= bar.x, `bar ${index}`)
    }
    await panel.getByText('by a wildcard').waitFor()
    await assertAccessible(page)

    const requestId = await rowWith(page, '/cold').getAttribute('data-request')
    await panel.getByText(requestId ?? '', { exact: true }).waitFor()
    const line = await certhop.command.errorLine(/"path":"\/cold"/)
    assert.equal(JSON.parse(line).requestId, requestId)

    await rowWith(page, '/warm').click()
    await panel.getByText('Over a connection that had served before').waitFor()
    assert.deepEqual(await parts.getByRole('rowheader').allInnerTexts(), ['First byte', 'Body'])
    await panel.getByRole('link', { name: 'Which certificate wins' }).click()
    await page.getByRole('heading', { name: 'payments wins' }).waitFor()
  })

  test('says of a failed request what went wrong and what to do', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('#/traffic', { viewport: { width: 1024, height: 768 } })
    await isLive(page)
    const answer = JSON.parse(await curl('https://broken.example/', '--http1.1'))
    const row = rowWith(page, 'client_certificate_missing_file')
    await row.click()
    const details = page.getByRole('dialog', { name: 'Request' })
    await details.getByText('A file of the client certificate cannot be read').waitFor()
    await details.getByText('names file and line').waitFor()
    // The runner's user has it from the answer.
    await details.getByText(answer.requestId, { exact: true }).waitFor()
    await assertAccessible(page)
    await page.keyboard.press('Escape')
    await details.waitFor({ state: 'hidden' })
    await page.locator('[data-request]:focus', { hasText: 'client_certificate_missing_file' }).waitFor()
  })

  test('filters by host, certificate, outcome, way and words, and keeps that in the address', async t => {
    const { open, curl, url } = await serveForCurl(t)
    const page = await open('#/traffic')
    await isLive(page)
    await curl('http://api.payments.example/a')
    await curl('http://beta.payments.example/b')
    await curl('https://orders.example/c', '--http1.1')
    await curl('https://broken.example/d', '--http1.1')
    await counts(page, '4 requests')
    const only = async (path: string) => {
      await counts(page, '1 of 4 requests')
      await rowWith(page, path).waitFor()
      await page.getByRole('button', { name: 'Clear' }).click()
      await counts(page, '4 requests')
    }
    await page.getByLabel('Host').fill('BETA')
    await only('/b')
    await page.getByLabel('Certificate').selectOption('orders')
    await only('/c')
    await page.getByLabel('Outcome').selectOption('client_certificate_missing_file')
    await only('/d')
    await page.getByLabel('Search').fill('get api.payments')
    await only('/a')
    await page.getByLabel('Way').selectOption('connect-h1')
    await page.getByLabel('Outcome').selectOption('2xx')
    await counts(page, '1 of 4 requests')
    await page.waitForURL(`${url}/#/traffic?outcome=2xx&way=connect-h1`)
    await page.reload()
    await counts(page, '1 of 4 requests')
    await page.getByLabel('Host').fill('nowhere')
    await page.getByText('No request matches these filters').waitFor()
    await assertAccessible(page)
  })

  test('counts what is new while it is paused, and lets it in afterwards', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('#/traffic')
    await isLive(page)
    await curl('http://api.payments.example/1')
    await rowWith(page, '/1').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await curl('http://api.payments.example/2')
    await curl('http://api.payments.example/3')
    await page.getByRole('button', { name: '2 new' }).waitFor()
    assert.equal(await rowsOf(page).count(), 1)
    await page.getByRole('button', { name: 'Resume' }).click()
    await rowWith(page, '/3').waitFor()
    assert.equal(await rowsOf(page).count(), 3)
    assert.equal(await page.getByRole('button', { name: 'new' }).count(), 0)
  })

  test('keeps the place of whoever has scrolled down', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('')
    await answerRequests(page, 300)
    await page.getByRole('link', { name: 'Traffic' }).click()
    await isLive(page)
    await rowWith(page, '/checks/300').waitFor()
    await page.locator('.requests-scroll').evaluate(list => list.scrollTo(0, 2000))
    await rowWith(page, '/checks/245').waitFor()
    const place = await rowWith(page, '/checks/245').boundingBox()
    await curl('http://api.payments.example/new')
    const news = page.getByRole('button', { name: '1 new' })
    await news.waitFor()
    assert.deepEqual(await rowWith(page, '/checks/245').boundingBox(), place)
    await news.click()
    await rowWith(page, '/new').waitFor()
    await counts(page, '301 requests')
  })

  test('is used by the keyboard alone', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('#/traffic', { viewport: { width: 1440, height: 900 } })
    await isLive(page)
    for (const path of ['/1', '/2', '/3']) await curl(`http://api.payments.example${path}`)
    await counts(page, '3 requests')
    await page.getByLabel('Way').focus()
    await page.keyboard.press('Tab')
    await page.locator('[data-request]:focus', { hasText: '/3' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.locator('[data-request]:focus', { hasText: '/1' }).waitFor()
    // Nothing moves under the keyboard.
    await curl('http://api.payments.example/4')
    await page.getByRole('button', { name: '1 new' }).waitFor()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await page.locator('[data-request]:focus', { hasText: '/2' }).waitFor()
    await page.keyboard.press('Enter')
    const panel = page.getByRole('complementary', { name: 'Request' })
    await panel.locator('h2:focus').waitFor()
    await panel.getByText('http://api.payments.example/2').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[data-request]:focus', { hasText: '/2' }).waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Space')
    await panel.getByText('http://api.payments.example/1').waitFor()
  })

  test('fits a narrow screen', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('#/traffic', NARROW)
    await isLive(page)
    await curl('http://api.payments.example/a/long/path/that/goes/on/and/on')
    await curl('https://broken.example/', '--http1.1')
    await rowWith(page, 'client_certificate_missing_file').waitFor()
    await assertFits(page)
    await page.getByText('Filters', { exact: true }).click()
    await page.getByLabel('Outcome').selectOption('failed')
    await counts(page, '1 of 2 requests')
    await assertFits(page)
    await assertAccessible(page)
    await rowsOf(page).first().click()
    await page.getByRole('dialog', { name: 'Request' }).waitFor()
    await assertFits(page)
    await assertAccessible(page)
  })

  test('fills the gap after the stream was lost, with each request once', async t => {
    const { open, curl } = await serveForCurl(t)
    const page = await open('')
    // The stream breaks off each time, until it may stay.
    let mayStay = false
    await page.route('**/api/events', (route: Route) =>
      mayStay ? route.continue() : route.fulfill({ contentType: 'text/event-stream', body: ': short\n\n' }),
    )
    await page.reload()
    await page.getByRole('link', { name: 'Traffic' }).click()
    await page.getByText('Reconnecting').waitFor()
    const paths = Array.from({ length: 8 }, (_, index) => `/gap/${index}`)
    for (const path of paths.slice(0, 4)) await curl(`http://api.payments.example${path}`)
    mayStay = true
    await isLive(page)
    for (const path of paths.slice(4)) await curl(`http://api.payments.example${path}`)
    await rowWith(page, '/gap/7').waitFor()
    const listed = await rowsOf(page).locator('.request-url').allInnerTexts()
    assert.deepEqual(
      listed,
      paths.toReversed().map(path => `api.payments.example${path}`),
    )
  })
})
