import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { assertAccessible, assertFits, servePage } from './browser.ts'

describe('signing in', () => {
  test('takes the admin token, and says when it is another one', async t => {
    const { open, token } = await servePage(t)
    const page = await open('', { isSignedIn: false })
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await assertAccessible(page)
    const field = page.getByLabel('Link or token')
    await field.fill('guessed')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the admin token.').waitFor()
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    await assertAccessible(page)
    await field.fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Certificates' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Certificates' }).waitFor()
  })

  test('takes the link that serve logged, once', async t => {
    const { open, certhop } = await servePage(t)
    const { link } = JSON.parse(await certhop.command.errorLine(/"the admin page"/))
    const page = await open('', { isSignedIn: false })
    await page.getByLabel('Link or token').fill(link)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Certificates' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})

describe('the frame of the page', () => {
  test('moves the focus to the heading of the view that opens, and names it in the title', async t => {
    const { open } = await servePage(t)
    const page = await open('#/certificates')
    await page.getByRole('link', { name: 'Which certificate wins?' }).click()
    await page.locator('h1:focus', { hasText: 'Which certificate wins?' }).waitFor()
    assert.equal(await page.title(), 'Which certificate wins? · certhop')
    await page.goBack()
    await page.locator('h1:focus', { hasText: 'Certificates' }).waitFor()
  })

  test('lets keyboards skip the navigation', async t => {
    const { open } = await servePage(t)
    const page = await open('')
    await page.keyboard.press('Tab')
    assert.equal(await page.locator(':focus').innerText(), 'Skip to the content')
    await page.keyboard.press('Enter')
    await page.locator('h1:focus').waitFor()
  })

  test('follows the theme of the system, or the one that was chosen', async t => {
    const { open } = await servePage(t)
    const page = await open('', { colorScheme: 'dark' })
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const dark = await background()
    await page.getByRole('button', { name: /^Theme: system/ }).click()
    await page.getByRole('button', { name: /^Theme: light/ }).waitFor()
    assert.notEqual(await background(), dark)
    await page.reload()
    await page.getByRole('button', { name: /^Theme: light/ }).click()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.getByRole('button', { name: /^Theme: dark/ }).waitFor()
    assert.equal(await background(), dark)
  })

  test('says that certhop is gone, and goes on where it was once it is back', async t => {
    const { open, certhop, folder, url, token } = await servePage(t)
    const page = await open('#/explain', {
      expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY|ERR_CONNECTION_RESET/,
    })
    await page.getByText('Live', { exact: true }).waitFor()
    await certhop.command.stop()
    await page.getByText('Reconnecting').waitFor()
    const again = new Certhop([
      'serve',
      '--config',
      `${folder.path}/certhop.yaml`,
      '--state-dir',
      `${folder.path}/state`,
      '--listen',
      '127.0.0.1:0',
      '--admin',
      new URL(url).host,
    ])
    t.after(() => again.command.stop())
    await again.adminUrl()
    // Sessions end with the process.
    await page.getByLabel('Link or token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Which certificate wins?' }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('fits a narrow screen', async t => {
    const { open } = await servePage(t)
    const page = await open('', { viewport: { width: 320, height: 640 } })
    await assertFits(page)
    await page.getByRole('link', { name: 'Which wins?' }).click()
    await page.getByLabel('URL or host').waitFor()
    await assertFits(page)
  })
})
