import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { entry, registryText } from '../support/registry-folder.ts'
import { assertAccessible, assertFits, servePage } from './browser.ts'
import { rowOf } from './certificate-form.ts'
import { startPayments } from './payments.ts'

const DAY = 86_400_000

describe('the list of certificates', () => {
  test('follows the registry file, its errors and their repair, without a reload', async t => {
    const { authority } = await startPayments(t)
    const [first, second] = await Promise.all([
      authority.client({ name: 'first' }),
      authority.client({ name: 'second' }),
    ])
    const { open, folder } = await servePage(t, {
      registry: registryText(entry('first', 'first.example')),
      prepare: f => f.writePair('first', first),
    })
    const page = await open('')
    await rowOf(page, 'first').getByText('Usable').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await folder.write('second.crt', second.pem)
    await folder.replace(
      'registry.yaml',
      registryText(entry('first', 'first.example'), entry('second', 'second.example')),
    )
    const row = rowOf(page, 'second')
    await row.getByText('File missing').waitFor()
    await row.getByText(/second\.key/).waitFor()
    await assertAccessible(page)
    await folder.write('second.key', second.key())
    await row.getByText('Usable').waitFor()
    await folder.write('second.key', first.key())
    await row.getByText('Last good version', { exact: true }).waitFor()
    await row.getByText(/does not belong/).waitFor()
    await folder.replace('registry.yaml', registryText(entry('second', 'second.example')))
    await rowOf(page, 'first').waitFor({ state: 'detached' })
  })

  test('searches, sorts, and says how long each is valid, in words as well as in colour', async t => {
    const { authority } = await startPayments(t)
    const lives = { expired: -2, urgent: 3, soon: 20, fine: 200, ages: 40 * 365 }
    const { open } = await servePage(t, {
      registry: registryText(...Object.keys(lives).map(id => entry(id, `${id}.example`))),
      prepare: async folder => {
        for (const [id, days] of Object.entries(lives)) {
          const notAfter = new Date(Date.now() + days * DAY + DAY / 2)
          await folder.writePair(
            id,
            await authority.client({ name: id, notBefore: new Date(Date.now() - 3 * DAY), notAfter }),
          )
        }
      },
    })
    const page = await open('')
    for (const [id, words] of [
      ['expired', 'Expired 1 day ago'],
      ['urgent', 'In 3 days'],
      ['soon', 'In 20 days'],
      ['fine', 'In 200 days'],
      ['ages', 'In 40 years'],
    ] as const)
      await rowOf(page, id).getByText(words).waitFor()
    const order = () =>
      page
        .locator('[data-certificate]')
        .evaluateAll(all => all.map(each => each.getAttribute('data-certificate')))
    await page.getByRole('button', { name: 'Expires' }).click()
    await page.locator('th[aria-sort=ascending]', { hasText: 'Expires' }).waitFor()
    assert.deepEqual(await order(), ['expired', 'urgent', 'soon', 'fine', 'ages'])
    await page.getByRole('button', { name: 'Expires' }).click()
    await page.locator('th[aria-sort=descending]', { hasText: 'Expires' }).waitFor()
    assert.deepEqual(await order(), ['ages', 'fine', 'soon', 'urgent', 'expired'])
    await page.getByLabel('Search the certificates').fill('URGENT example')
    await page.getByText('1 of 5 certificates').waitFor()
    assert.deepEqual(await order(), ['urgent'])
    await page.getByLabel('Search the certificates').fill('nothing like it')
    await page.getByText('No certificate matches this search.').waitFor()
  })

  test('shows what others wrote into names as text', async t => {
    const { authority } = await startPayments(t)
    const markup = '<img src=x onerror=alert(1)>'
    const host = '*<b>bold.example'
    const { open } = await servePage(t, {
      registry: registryText(entry('hostile', host)),
      prepare: async folder => folder.writePair('hostile', await authority.client({ name: markup })),
    })
    const page = await open('')
    const row = rowOf(page, 'hostile')
    await row.getByText(host).waitFor()
    await row.getByText('onerror=alert(1)').first().waitFor()
    await page.getByRole('button', { name: 'Facts of hostile' }).click()
    await page.getByRole('button', { name: 'Remove hostile' }).click()
    await page.getByRole('dialog').waitFor()
    assert.equal(await page.locator('img, b').count(), 0)
  })

  test('is readable with ten thousand certificates', async t => {
    const { authority } = await startPayments(t)
    const client = await authority.client({ name: 'many' })
    const entries = Array.from(
      { length: 10_000 },
      (_, index) => `id: c-${index}, host: h${index}.example, cert: many.crt, key: many.key`,
    )
    const { open } = await servePage(t, {
      registry: registryText(...entries),
      prepare: folder => folder.writePair('many', client),
    })
    const page = await open('')
    await page.getByText('10,000 certificates').waitFor()
    assert.equal(await page.locator('[data-certificate]').count(), 200)
    await page.getByRole('button', { name: 'Show 200 more' }).click()
    await page.locator('[data-certificate]').nth(399).waitFor()
    await page.getByLabel('Search the certificates').fill('h4321.example')
    await rowOf(page, 'c-4321').waitFor()
  })
})

describe('a narrow screen', () => {
  test('shows cards, and the form, without scrolling sideways', async t => {
    const { authority } = await startPayments(t)
    const host = 'a-very-long-host-name-that-goes-on.with.many.labels.and.some.more.payments.example'
    const { open } = await servePage(t, {
      registry: registryText(entry('narrow', host), entry('missing', 'missing.example')),
      prepare: async folder =>
        folder.writePair(
          'narrow',
          await authority.client({ name: 'x'.repeat(60), organization: 'An organization of many words' }),
        ),
    })
    const page = await open('', { viewport: { width: 320, height: 640 }, hasTouch: true })
    await page.getByRole('list', { name: 'Certificates' }).waitFor()
    await rowOf(page, 'missing').getByText('File missing').waitFor()
    await page.getByRole('button', { name: 'Facts of narrow' }).tap()
    await page.getByText('SHA-256').waitFor()
    await assertFits(page)
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Add client certificate' }).tap()
    const form = page.getByRole('dialog')
    await form.getByLabel('Hosts').fill(host)
    await form.getByText('Full host name').waitFor()
    const [content, box] = await form.evaluate(dialog => [dialog.scrollWidth, dialog.clientWidth])
    assert.equal(content, box)
    await assertAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Remove narrow' }).tap()
    await page.getByText('No request went out with it').waitFor()
    await assertFits(page)
  })
})
