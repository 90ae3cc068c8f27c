import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask } from './ask.ts'
import { assertAccessible, servePage } from './browser.ts'
import { describedAs, file, rowOf } from './certificate-form.ts'
import { COMMENT, startPayments, twoEntries } from './payments.ts'

describe('removing a certificate', () => {
  test('says first which hosts lose it and to whom they go; then the entry is gone and comments stay', async t => {
    const { open, proxyUrl, folder } = await servePage(t, await twoEntries(await startPayments(t)))
    assert.equal((await ask(proxyUrl, 'http://beta.payments.example/')).body, 'exact')
    assert.equal((await ask(proxyUrl, 'http://api.payments.example/')).body, 'old')
    const page = await open('')
    await page.getByRole('button', { name: 'Remove exact' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove exact?' })
    await dialog.getByText('1 request went out with it').waitFor()
    await dialog.getByText('beta.payments.example').waitFor()
    await dialog.getByText('Goes over to').waitFor()
    assert.equal(await page.locator(':focus').innerText(), 'Cancel')
    await assertAccessible(page)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await rowOf(page, 'exact').waitFor()
    await page.getByRole('button', { name: 'Remove exact' }).click()
    await dialog.getByRole('button', { name: 'Remove certificate' }).click()
    await page.getByText('exact is removed.').waitFor()
    await page.locator('h1:focus').waitFor()
    await rowOf(page, 'exact').waitFor({ state: 'detached' })
    assert.equal((await ask(proxyUrl, 'http://beta.payments.example/')).body, 'old')
    const registry = await folder.read('registry.yaml')
    assert(!registry.includes('exact'), registry)
    assert(registry.includes(COMMENT), registry)
    await page.getByRole('button', { name: 'Remove old' }).click()
    await page.getByText('No certificate', { exact: true }).first().waitFor()
  })

  test('asks anew when it is asked for in the moment in which the dialog closes', async t => {
    const { open } = await servePage(t, await twoEntries(await startPayments(t)))
    const page = await open('')
    const remove = page.getByRole('button', { name: 'Remove exact' })
    const dialog = page.getByRole('dialog', { name: 'Remove exact?' })
    await remove.click()
    for (let times = 0; times < 10; times++) {
      await dialog.waitFor()
      await Promise.all([page.keyboard.press('Escape'), page.keyboard.press('Enter')])
    }
    await dialog.getByText('No request went out with it').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await remove.and(page.locator(':focus')).waitFor()
  })

  test('by an edit of the file: the heading has the focus when the button that had it is gone', async t => {
    const { open, folder } = await servePage(t, await twoEntries(await startPayments(t)))
    const page = await open('')
    await page.getByRole('button', { name: 'Facts of exact' }).focus()
    const registry = await folder.read('registry.yaml')
    await folder.write('registry.yaml', registry.replace(/.*id: exact.*\n/, ''))
    await rowOf(page, 'exact').waitFor({ state: 'detached' })
    await page.locator('h1:focus').waitFor()
  })
})

describe('without a mouse', () => {
  test('a certificate is added and removed', async t => {
    const { authority } = await startPayments(t)
    const client = await authority.client({ name: 'keyboard' })
    const { open } = await servePage(t)
    const page = await open('')
    // Choosers are caught from here on; to begin with each of them may come too late.
    page.on('filechooser', () => {})
    const tabTo = async (name: string | RegExp) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab')
        const focused = page.locator(':focus')
        if ((await focused.count()) === 0) continue
        const snapshot = await focused.ariaSnapshot()
        if (typeof name === 'string' ? snapshot.includes(`"${name}"`) : name.test(snapshot)) return
      }
      assert.fail(`no Tab leads to ${name}`)
    }
    await tabTo('Add client certificate')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    for (const [name, content] of [
      ['Certificate file', client.pem],
      ['Private key file', client.key()],
    ] as const) {
      await tabTo(name)
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')])
      await chooser.setFiles(file(name, content))
      await describedAs(page, name, new RegExp(`^${name}$`))
    }
    await tabTo('Hosts')
    await page.keyboard.type('keyboard.example')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page
      .getByRole('button', { name: 'Facts of keyboard.example' })
      .and(page.locator(':focus'))
      .waitFor()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Remove keyboard.example?' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Remove keyboard.example' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('No request went out with it').waitFor()
    await tabTo('Remove certificate')
    await page.keyboard.press('Enter')
    await page.getByText('No certificate yet').waitFor()
  })
})
