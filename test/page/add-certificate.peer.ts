import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { opensslBundle } from '../support/pkcs12.ts'
import { ask } from './ask.ts'
import { assertAccessible, servePage } from './browser.ts'
import { describedAs, file, openForm, rowOf } from './certificate-form.ts'
import { COMMENT, startPayments, twoEntries } from './payments.ts'

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
    await form.getByText('O=Acme, CN=checks', { exact: true }).waitFor()
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
      assert.equal(await passphrase.evaluate((input: { type?: string }) => input.type), 'text')
      await passphrase.fill('open sesame')
      await form.getByText('CN=bundled', { exact: true }).waitFor()
      await form.locator('[name=passphrase][aria-invalid=false]').waitFor()
      await form.getByRole('button', { name: 'Add certificate' }).click()
      await rowOf(page, 'api.payments.example').getByText('Usable').waitFor()
      assert.equal((await ask(proxyUrl, 'http://api.payments.example/')).body, 'bundled')
    })
  }

  test('shows live which entries it wins over and loses to, and which hosts it would take over', async t => {
    const payments = await startPayments(t)
    const server = await servePage(t, await twoEntries(payments))
    await ask(server.proxyUrl, 'http://api.payments.example/')
    await ask(server.proxyUrl, 'http://beta.payments.example/')
    const page = await server.open('')
    const form = await openForm(page)
    await form.getByLabel('Hosts').fill('*.payments.example')
    const preview = form.getByLabel('What it will do')
    await preview.getByText('Wins over', { exact: true }).waitFor()
    await preview.getByText('Loses to', { exact: true }).waitFor()
    await preview.getByText('Goes from old to this certificate').waitFor()
    await preview.getByText('Stays with exact').waitFor()
    await preview.getByRole('status').getByText('wins over 1 and loses to 1').waitFor()
    await form.getByLabel('Hosts').fill('nowhere.example')
    await preview.getByText('Full host name').waitFor()
    await preview.getByText('None that these patterns match.').waitFor()
    await page.getByLabel('Hosts').fill('*.payments.example')
    await preview.getByText('Wins over', { exact: true }).waitFor()
    const client = await payments.authority.client({ name: 'checks', organization: 'Acme' })
    await form
      .getByLabel('choose files')
      .setInputFiles([file('checks.crt', client.pem), file('checks.key', client.key())])
    await preview.getByText('O=Acme, CN=checks', { exact: true }).waitFor()
    await assertAccessible(page)
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

  test('stays open when a file chooser is cancelled, and Escape closes it', async t => {
    const { open } = await servePage(t)
    const page = await open('')
    const form = await openForm(page)
    await form.getByLabel('Hosts').fill('kept.example')
    await form.getByLabel('choose files').dispatchEvent('cancel', { bubbles: true })
    await page.evaluate('new Promise(resolve => setTimeout(resolve))')
    assert.equal(await form.getByLabel('Hosts').inputValue(), 'kept.example')
    await page.keyboard.press('Escape')
    await form.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Add client certificate' }).and(page.locator(':focus')).waitFor()
  })

  test('takes files that are dropped, also onto a place of their own', async t => {
    const { authority } = await startPayments(t)
    const client = await authority.client({ name: 'dropped' })
    const { open } = await servePage(t)
    const page = await open('')
    const form = await openForm(page)
    const drop = async (target: string, ...files: [string, string][]) => {
      const data = await page.evaluateHandle(`(() => {
        const transfer = new DataTransfer()
        for (const [name, content] of ${JSON.stringify(files)}) transfer.items.add(new File([content], name))
        return transfer
      })()`)
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
