import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { runCommand, shell } from '../support/command.ts'
import { startHttpServer } from '../support/servers.ts'
import { assertAccessible, assertFits } from './browser.ts'
import { type CurledServer, serveForCurl } from './curl.ts'

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }

/** Presses a copy button, and returns what it copied. */
async function copied(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: `Copy ${name}` }).click()
  await page.locator('[data-result="copied"]').first().waitFor()
  return page.evaluate<string>('navigator.clipboard.readText()')
}

async function run(line: string): Promise<string> {
  const { stdout } = await runCommand('/bin/sh', ['-c', line], { env: shell(), timeout: 30_000 })
  return stdout
}

async function startTest(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Wait for' }).click()
  await page.getByText(/^Waiting for a request/).waitFor()
}

/** What the test says, once it has a result. */
function resultOf(page: Page) {
  return page.getByRole('region', { name: 'Test' }).getByRole('status')
}

async function openFor({ open }: CurledServer, url: string): Promise<Page> {
  const page = await open('#/connect', { ...CLIPBOARD, viewport: { width: 1440, height: 960 } })
  await page.getByLabel('A URL that the runner requests').fill(url)
  return page
}

describe('connecting a runner', () => {
  test('has lines that work as they are copied, and shows that the request arrived', async t => {
    const server = await serveForCurl(t)
    const page = await openFor(server, 'https://api.payments.example/health')
    await assertAccessible(page)
    await startTest(page)
    await assertAccessible(page)
    const line = await copied(page, 'Now run this, or the runner itself')
    assert.equal(await run(line), 'payments')
    const result = resultOf(page)
    await result
      .getByText('It arrived, and went out with payments', { exact: true })
      .waitFor({ timeout: 1500 })
    await result.getByText(/^connect-h1, /).waitFor()
    await result.getByText('GET https://api.payments.example/health').waitFor()
    await assertAccessible(page)
    await result.getByRole('link', { name: 'Its timing and more, in Traffic' }).click()
    await page.getByRole('grid').waitFor()
    await page.getByRole('complementary', { name: 'Request' }).waitFor()
  })

  test('has variables for everything that a shell starts', async t => {
    const server = await serveForCurl(t)
    const page = await openFor(server, 'https://orders.example/')
    await startTest(page)
    const lines = await copied(page, 'For everything that this shell starts')
    assert.equal(await run(`${lines}\ncurl -sS https://orders.example/`), 'orders')
    await resultOf(page).getByText('It arrived, and went out with orders', { exact: true }).waitFor()
  })

  test('says what to do when the request failed, and tells it from those to other hosts', async t => {
    const server = await serveForCurl(t)
    const page = await openFor(server, 'https://broken.example/')
    await startTest(page)
    await server.curl('http://api.payments.example/')
    await page.getByText('A request to another host arrived meanwhile').waitFor()
    await server.curl('https://broken.example/', '--http1.1')
    await resultOf(page).getByText('A file of the client certificate cannot be read').waitFor()
    await resultOf(page).getByText('names file and line').waitFor()
    await assertAccessible(page)
  })

  test('warns of a request that went out without a certificate', async t => {
    const server = await serveForCurl(t)
    const port = await startHttpServer(t, (_request, response) => response.end('in clear'))
    const url = `http://localhost:${port}/`
    const page = await openFor(server, url)
    await startTest(page)
    assert.equal(await server.curl(url), 'in clear')
    await resultOf(page).getByText('It arrived, and went out without a certificate').waitFor()
    await resultOf(page).getByText('No entry matches localhost').waitFor()
    await assertAccessible(page)
  })

  test('says why nothing may arrive', async t => {
    const server = await serveForCurl(t)
    const { open } = server
    const page = await open('#/connect')
    await page.clock.install()
    await page.getByRole('tab', { name: 'Go', exact: true }).click()
    await startTest(page)
    await page.clock.fastForward(16_000)
    await page.getByText('Why nothing may arrive').waitFor()
    await page.getByText('names the host').waitFor()
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Stop waiting' }).click()
    assert.equal(await page.getByText('Why nothing may arrive').count(), 0)
  })

  test('puts groups into the address of the proxy', async t => {
    const server = await serveForCurl(t)
    const page = await openFor(server, 'https://orders.example/')
    await page.getByLabel('Groups').fill('orders nightly')
    const { host } = new URL(server.proxyUrl)
    const line = await copied(page, 'One curl request, without the variables')
    assert.ok(line.includes(`-x http://orders+nightly@${host} `), line)
  })

  test('offers the lines of each runner, by the keyboard too', async t => {
    const { open, proxyUrl, url } = await serveForCurl(t)
    const page = await open('#/connect?runner=python')
    const tab = page.getByRole('tab', { selected: true })
    await tab.getByText('Python').waitFor()
    await tab.focus()
    const names = await page.getByRole('tab').allInnerTexts()
    const start = names.indexOf('Python')
    for (const name of [...names.slice(start + 1), ...names.slice(0, start + 1)]) {
      await page.keyboard.press('ArrowRight')
      await page.locator('[role="tab"]:focus').getByText(name, { exact: true }).waitFor()
      const panel = page.getByRole('tabpanel', { name, exact: true })
      await panel.getByText(new URL(proxyUrl).port).or(panel.getByText('HTTPS_PROXY')).first().waitFor()
    }
    await page.keyboard.press('End')
    await page.waitForURL(`${url}/#/connect?runner=docker`)
    await assertAccessible(page)
  })

  test('hands out the certificate of the authority, and says where it is', async t => {
    const { open, certhop } = await serveForCurl(t)
    const page = await open('#/connect')
    const file = await certhop.authorityFile()
    const card = page.getByRole('region', { name: 'The local authority' })
    await card.getByText(file, { exact: true }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      card.getByRole('link', { name: 'Download the CA' }).click(),
    ])
    const saved = new X509Certificate(await readFile(await download.path()))
    assert.equal(saved.fingerprint256, new X509Certificate(await readFile(file)).fingerprint256)
    await card.getByText('Trust it in the stores').click()
    await card.getByText('update-ca-certificates').waitFor()
    await assertAccessible(page)
  })

  test('fits a narrow screen', async t => {
    const { open } = await serveForCurl(t)
    const page = await open('#/connect', { viewport: { width: 320, height: 640 } })
    await page.getByRole('tab', { name: 'Java' }).click()
    await assertFits(page)
    await startTest(page)
    await assertFits(page)
    await assertAccessible(page)
  })
})
