import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { entry, registryText } from '../support/registry-folder.ts'
import { ask } from './ask.ts'
import { assertAccessible, assertFits, servePage } from './browser.ts'
import { startPayments } from './payments.ts'

const ENTRIES = [
  entry('old', '*.payments.example', 'addedAt: 2025-01-01T00:00:00Z, ca: root.pem'),
  entry('new', '*.payments.example', 'addedAt: 2026-01-01T00:00:00Z, ca: root.pem'),
  entry('exact', 'api.payments.example', 'addedAt: 2024-01-01T00:00:00Z, ca: root.pem'),
  entry('team', 'orders.example', 'addedAt: 2024-01-01T00:00:00Z, ca: root.pem, groups: [orders]'),
  entry('broken', 'broken.example', 'addedAt: 2024-01-01T00:00:00Z'),
]

async function setup(t: Parameters<typeof startPayments>[0]) {
  const { authority, settings } = await startPayments(t)
  return servePage(t, {
    settings,
    registry: registryText(...ENTRIES),
    prepare: async folder => {
      await folder.write('root.pem', authority.pem)
      for (const name of ['old', 'new', 'exact', 'team']) {
        await folder.writePair(name, await authority.client({ name }))
      }
    },
  })
}

describe('which certificate wins', () => {
  test('shows the candidates in the order of winning, and what decided each', async t => {
    const { open } = await setup(t)
    const page = await open('#/explain')
    await page.getByLabel('URL or host').fill('https://api.payments.example/health')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'exact wins' }).waitFor()
    await page.locator('[name=target]:focus').waitFor()
    const candidates = page.getByRole('list', { name: 'Candidates' }).locator('> li')
    assert.deepEqual(await candidates.locator('.candidate-id').allInnerTexts(), ['exact', 'new', 'old'])
    await candidates.first().getByText('A full host name wins over a wildcard.').waitFor()
    await candidates.nth(1).getByText('names the host in full').waitFor()
    await page.getByText('Requests go out over TLS with this certificate.').waitFor()
    await assertAccessible(page)
  })

  test('stands in the address, to be passed on, and follows the history', async t => {
    const { open, url } = await setup(t)
    const page = await open('#/explain?target=api.payments.example')
    await page.getByRole('heading', { name: 'exact wins' }).waitFor()
    await page.getByLabel('URL or host').fill('x.payments.example')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByRole('heading', { name: 'new wins' }).waitFor()
    assert.equal(page.url(), `${url}/#/explain?target=x.payments.example`)
    await page.goBack()
    await page.getByRole('heading', { name: 'exact wins' }).waitFor()
    assert.equal(await page.getByLabel('URL or host').inputValue(), 'api.payments.example')
  })

  test('counts in the groups that a runner would be in', async t => {
    const { open } = await setup(t)
    const page = await open('#/explain?target=orders.example')
    await page.getByRole('heading', { name: 'No certificate' }).waitFor()
    await page.getByText('is left out').waitFor()
    await page.getByLabel('Group').fill('orders')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'team wins' }).waitFor()
  })

  test('shows the error of a winner that cannot be used, and its advice', async t => {
    const { open } = await setup(t)
    const page = await open('#/explain?target=https://broken.example/')
    await page.getByRole('heading', { name: 'broken wins' }).waitFor()
    await page.getByText('client_certificate_missing_file').waitFor()
    await page.getByText('Requests are refused.').waitFor()
    await assertAccessible(page)
  })

  test('says what a target looks like when it is none', async t => {
    const { open } = await setup(t)
    const page = await open('#/explain?target=%3Cscript%3Ealert(1)%3C/script%3E')
    await page.locator('.notice.bad').waitFor()
    assert.equal(await page.locator('main script').count(), 0)
    await assertAccessible(page)
  })

  test('offers the hosts that were asked for of late', async t => {
    const { open, proxyUrl } = await setup(t)
    await ask(proxyUrl, 'http://api.payments.example/')
    const page = await open('#/explain')
    await assertAccessible(page)
    await page.getByRole('link', { name: 'http://api.payments.example' }).click()
    await page.getByRole('heading', { name: 'exact wins' }).waitFor()
  })

  test('gives another answer when the registry has changed, without a reload', async t => {
    const { open, folder } = await setup(t)
    const page = await open('#/explain?target=api.payments.example')
    await page.getByRole('heading', { name: 'exact wins' }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await folder.replace('registry.yaml', registryText(...ENTRIES.slice(0, 2)))
    await page.getByRole('heading', { name: 'new wins' }).waitFor()
  })

  test('fits a narrow screen', async t => {
    const { open } = await setup(t)
    const page = await open('#/explain?target=https://api.payments.example/health', {
      viewport: { width: 320, height: 640 },
    })
    await page.getByRole('heading', { name: 'exact wins' }).waitFor()
    await assertFits(page)
    await assertAccessible(page)
  })
})
