import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { createAuthority } from '../support/certificates.ts'
import { opensslBundle } from '../support/pkcs12.ts'
import { entry, registryText } from '../support/registry-folder.ts'
import { ask } from './ask.ts'
import { assertAccessible, assertFits, keepImage, type PageServer, servePage } from './browser.ts'
import { startPayments } from './payments.ts'

const DAY = 86_400_000
const COMMENT = '# Ask the bank before the end of the year.'

function file(name: string, content: string | Buffer) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) }
}

async function openForm(page: Page) {
  await page.getByRole('button', { name: 'Add client certificate' }).click()
  return page.getByRole('dialog', { name: 'Add client certificate' })
}

function rowOf(page: Page, id: string) {
  return page.locator(`[data-certificate="${id}"]`)
}

/** What assistive technology is told about a field besides its name, once that holds `pattern`. */
async function describedAs(page: Page, label: string, pattern: RegExp): Promise<void> {
  const field = page.getByLabel(label)
  await page.waitForFunction(
    ([element, source = '']) => {
      const ids = (element as Element).getAttribute('aria-describedby')?.split(' ') ?? []
      return ids.some(id => new RegExp(source).test(document.getElementById(id)?.textContent ?? ''))
    },
    [await field.elementHandle(), pattern.source] as const,
  )
}

describe('adding a certificate', () => {
  test('takes files all at once, shows what they are, and has it in force at once; comments stay', async t => {
    const { authority, settings } = await startPayments(t)
    const client = await authority.client({ name: 'checks', organization: 'Acme' })
    const { open, folder, proxyUrl } = await servePage(t, {
      registry: `version: 1\n${COMMENT}\ncertificates: []\n`,
      settings,
    })
    const page = await open('')
    await page.getByText('No certificate yet').waitFor()
    await assertAccessible(page)
    const form = await openForm(page)
    await form
      .getByLabel('choose files')
      .setInputFiles([file('a', client.key()), file('b', authority.pem), file('c', client.pem)])
    await form.getByText('O=Acme, CN=checks').waitFor()
    for (const [label, name] of [
      ['Certificate file', 'c'],
      ['Private key file', 'a'],
      ['Authority file', 'b'],
    ] as const)
      await describedAs(page, label, new RegExp(`^${name}$`))
    await form.getByLabel('Hosts').fill('*.payments.example')
    await form.getByText('Wildcard').waitFor()
    await assertAccessible(page)
    await form.getByRole('button', { name: 'Add certificate' }).click()
    const row = rowOf(page, 'payments.example')
    await row.getByText('Usable').waitFor()
    await row.getByText('In 364 days').waitFor()
    assert.equal(await form.isVisible(), false)
    const answer = await ask(proxyUrl, 'http://api.payments.example/')
    assert.deepEqual(answer, { status: 200, body: 'checks' })
    const registry = await folder.read('registry.yaml')
    assert.match(registry, /host: "?\*\.payments\.example/)
    assert(registry.includes(COMMENT), registry)
    await row.getByText('1', { exact: true }).waitFor()
  })

  for (const [format, args] of [
    ['today', []],
    ['the old days, which OpenSSL 3 refuses', ['-legacy']],
  ] as const) {
    test(`takes a PKCS#12 bundle of ${format}; a wrong passphrase is said in its place and can be corrected`, async t => {
      const { authority, settings } = await startPayments(t)
      const client = await authority.client({ name: 'bundled' })
      const bundle = await opensslBundle(client, 'open sesame', { args: [...args], others: authority.pem })
      const { open, proxyUrl } = await servePage(t, { settings })
      const page = await open('')
      const form = await openForm(page)
      await form
        .getByLabel('choose files')
        .setInputFiles([file('bank.p12', bundle), file('root.pem', authority.pem)])
      await describedAs(page, 'PKCS#12 bundle file', /^bank\.p12$/)
      await form.getByLabel('Hosts').fill('api.payments.example')
      const passphrase = form.getByLabel('Passphrase', { exact: true })
      await passphrase.fill('open barley')
      await describedAs(page, 'Passphrase', /passphrase/)
      await form.locator('[name=passphrase][aria-invalid=true]').waitFor()
      await form.getByRole('button', { name: 'Add certificate' }).click()
      await form.locator('[name=passphrase]:focus').waitFor()
      await assertAccessible(page)
      await form.getByRole('button', { name: 'Show the passphrase' }).click()
      assert.equal(await passphrase.getAttribute('type'), 'text')
      await passphrase.fill('open sesame')
      await form.getByText('CN=bundled').waitFor()
      await form.locator('[name=passphrase][aria-invalid=false]').waitFor()
      await form.getByRole('button', { name: 'Add certificate' }).click()
      await rowOf(page, 'api.payments.example').getByText('Usable').waitFor()
      assert.equal((await ask(proxyUrl, 'http://api.payments.example/')).body, 'bundled')
    })
  }

  test('shows live which entries it wins over and loses to, and which hosts it would take over', async t => {
    const payments = await startPayments(t)
    const server = await servePage(t, await twoEntries(payments.settings, payments.authority))
    await ask(server.proxyUrl, 'http://api.payments.example/')
    await ask(server.proxyUrl, 'http://beta.payments.example/')
    const page = await server.open('')
    const form = await openForm(page)
    await form.getByLabel('Hosts').fill('*.payments.example')
    const preview = form.getByLabel('What it will do')
    await preview.getByText('Wins over').waitFor()
    await preview.getByText('Loses to').waitFor()
    await preview.getByText('Goes from old to this certificate').waitFor()
    await preview.getByText('Stays with exact').waitFor()
    await form.getByLabel('Hosts').fill('nowhere.example')
    await preview.getByText('Full host name').waitFor()
    await preview.getByText('None that these patterns match.').waitFor()
    await page.getByLabel('Hosts').fill('*.payments.example')
    await preview.getByText('Wins over').waitFor()
    const client = await payments.authority.client({ name: 'checks', organization: 'Acme' })
    await form
      .getByLabel('choose files')
      .setInputFiles([file('checks.crt', client.pem), file('checks.key', client.key())])
    await preview.getByText('O=Acme, CN=checks').waitFor()
    await assertAccessible(page)
    await keepImage(page, 'add-certificate')
  })

  test('says what is wrong with a field at the field, as it is filled in', async t => {
    const { authority } = await startPayments(t)
    const [client, other] = await Promise.all([
      authority.client({ name: 'one' }),
      authority.client({ name: 'two' }),
    ])
    const { open } = await servePage(t)
    const page = await open('')
    const form = await openForm(page)
    await form.getByLabel('Hosts').fill('https://api.example/')
    await describedAs(page, 'Hosts', /https/)
    await form.getByLabel('Port').fill('99999')
    await describedAs(page, 'Port', /65535/)
    await form.getByLabel('Id').fill('Not An Id')
    await describedAs(page, 'Id', /Not An Id/)
    await form
      .getByLabel('choose files')
      .setInputFiles([file('one.crt', client.pem), file('two.key', other.key())])
    await describedAs(page, 'Private key file', /does not belong/)
    await form.getByLabel('choose files').setInputFiles(file('holiday.jpg', 'a picture'))
    await form.getByText('holiday.jpg: This is neither a certificate nor a key.').waitFor()
    await assertAccessible(page)
  })

  test('asks for what is missing, and takes the focus there', async t => {
    const { open } = await servePage(t)
    const page = await open('')
    const form = await openForm(page)
    await form.getByRole('button', { name: 'Add certificate' }).click()
    await form.locator('[name=cert]:focus').waitFor()
    await describedAs(page, 'Certificate file', /Choose the certificate/)
    await describedAs(page, 'Hosts', /which hosts/)
  })

  test('takes files that are dropped, also onto a place of their own', async t => {
    const { authority } = await startPayments(t)
    const client = await authority.client({ name: 'dropped' })
    const { open } = await servePage(t)
    const page = await open('')
    const form = await openForm(page)
    const drop = async (target: string, ...files: [string, string][]) => {
      const data = await page.evaluateHandle(pairs => {
        const transfer = new DataTransfer()
        for (const [name, content] of pairs) transfer.items.add(new File([content], name))
        return transfer
      }, files)
      await form.locator(target).first().dispatchEvent('drop', { dataTransfer: data })
    }
    // One file with both, and an authority's certificate in the place of the client's.
    await drop('.drop', ['both.pem', client.key() + client.pem])
    await describedAs(page, 'Certificate file', /^both\.pem$/)
    await describedAs(page, 'Private key file', /^both\.pem$/)
    await drop('.slot', ['root.pem', authority.pem])
    await describedAs(page, 'Certificate file', /^root\.pem$/)
    await form.getByRole('button', { name: 'Take root.pem away' }).click()
    await describedAs(page, 'Certificate file', /Not chosen yet/)
  })
})

async function twoEntries(settings: string, authority: Awaited<ReturnType<typeof createAuthority>>) {
  const trust = 'ca: root.pem'
  return {
    settings,
    registry: `version: 1\n${COMMENT}\n${registryText(
      entry('old', '*.payments.example', `addedAt: 2025-11-01T09:00:00Z, ${trust}`),
      entry('exact', 'beta.payments.example', `addedAt: 2025-12-01T09:00:00Z, ${trust}`),
    ).replace('version: 1\n', '')}`,
    prepare: async (folder: PageServer['folder']) => {
      await folder.write('root.pem', authority.pem)
      await folder.writePair('old', await authority.client({ name: 'old' }))
      await folder.writePair('exact', await authority.client({ name: 'exact' }))
    },
  }
}

describe('removing a certificate', () => {
  test('says first which hosts lose it and to whom they go; then the entry is gone and comments stay', async t => {
    const { authority, settings } = await startPayments(t)
    const { open, proxyUrl, folder } = await servePage(t, await twoEntries(settings, authority))
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
    await keepImage(page, 'remove-certificate')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await rowOf(page, 'exact').waitFor()
    await page.getByRole('button', { name: 'Remove exact' }).click()
    await dialog.getByRole('button', { name: 'Remove certificate' }).click()
    await page.getByText('exact is removed.').waitFor()
    await rowOf(page, 'exact').waitFor({ state: 'detached' })
    assert.equal((await ask(proxyUrl, 'http://beta.payments.example/')).body, 'old')
    const registry = await folder.read('registry.yaml')
    assert(!registry.includes('exact'), registry)
    assert(registry.includes(COMMENT), registry)
    await page.getByRole('button', { name: 'Remove old' }).click()
    await page.getByText('No certificate', { exact: true }).first().waitFor()
  })
})

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
    await row.getByText('Last good version').waitFor()
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
    const host = '<b onmouseover=alert(2)>.example'
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

describe('without a mouse', () => {
  test('a certificate is added and removed', async t => {
    const { authority } = await startPayments(t)
    const client = await authority.client({ name: 'keyboard' })
    const { open } = await servePage(t)
    const page = await open('')
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
