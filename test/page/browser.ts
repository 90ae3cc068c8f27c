import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, before, type TestContext } from 'node:test'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { Certhop } from '../support/certhop.ts'
import { ROOT } from '../support/command.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

const SLOWEST_STEP_MS = 30_000
const IMAGES = `${ROOT}docs/images/`

let chromiumProcess: Browser

before(async () => {
  chromiumProcess = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
})
after(() => chromiumProcess.close())

/** What a page is served from. */
export interface PageSetup {
  /** The text of registry.yaml; default: no certificate. */
  readonly registry?: string
  /** Further lines of certhop.yaml. */
  readonly settings?: string
  /** Writes the files that the registry names. */
  readonly prepare?: (folder: RegistryFolder) => Promise<void>
}

interface OpenOptions extends BrowserContextOptions {
  /** What may go wrong on the page. */
  readonly expected?: RegExp
  /** Without a session the sign-in form is what opens. */
  readonly isSignedIn?: boolean
}

/** A certhop that serves the page, with a registry in a folder of its own. */
export interface PageServer {
  readonly certhop: Certhop
  readonly folder: RegistryFolder
  /** Of the admin plane. */
  readonly url: string
  readonly proxyUrl: string
  readonly token: string
  /** Opens the page at a hash such as `#/explain`. */
  readonly open: (hash: string, options?: OpenOptions) => Promise<Page>
}

/**
 * Runs a real process until the test is over. Pages that were opened must not have had a failed request, a message on the
 * console, or a request to elsewhere.
 */
export async function servePage(test: TestContext, setup: PageSetup = {}): Promise<PageServer> {
  const { registry = 'version: 1\ncertificates: []\n', settings = '', prepare } = setup
  const folder = await RegistryFolder.create()
  await folder.write('registry.yaml', registry)
  await folder.write('certhop.yaml', `version: 1\nregistry: registry.yaml\n${settings}`)
  await prepare?.(folder)
  const ports = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const files = ['--config', `${folder.path}/certhop.yaml`, '--state-dir', `${folder.path}/state`]
  const certhop = new Certhop(['serve', ...files, ...ports])
  const closings: (() => Promise<void>)[] = []
  test.after(async () => {
    try {
      for (const close of closings) await close()
    } finally {
      await certhop.command.stop()
      await folder[Symbol.asyncDispose]()
    }
  })
  const url = await certhop.adminUrl()
  const proxyUrl = await certhop.proxyUrl()
  const token = (await folder.read('state/admin-token')).trim()

  async function open(hash: string, options: OpenOptions = {}): Promise<Page> {
    const { expected, isSignedIn = true, ...contextOptions } = options
    const context = await chromiumProcess.newContext({ ...CONTEXT, ...contextOptions })
    const page = await context.newPage()
    page.setDefaultTimeout(SLOWEST_STEP_MS)
    const complaints = complaintsOf(page, url)
    closings.push(async () => {
      await context.close()
      assert.deepEqual(
        complaints.filter(complaint => expected?.test(complaint) !== true),
        [],
      )
    })
    if (isSignedIn) {
      const answer = await context.request.post(`${url}/session`, {
        data: { token },
        headers: { origin: url },
      })
      assert.equal(answer.ok(), true, await answer.text())
    }
    await page.goto(`${url}/${hash}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return page
  }

  return { certhop, folder, url, proxyUrl, token, open }
}

const CONTEXT: BrowserContextOptions = {
  viewport: { width: 1280, height: 800 },
  locale: 'en-GB',
  timezoneId: 'UTC',
  reducedMotion: 'reduce',
}

/** What went wrong on a page so far, and grows. */
function complaintsOf(page: Page, origin: string): string[] {
  const complaints: string[] = []
  page.on('console', message => {
    // Chromium writes down each refusal; what the page makes of it is what counts.
    const isRefusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(
      message.text(),
    )
    if (!isRefusal) complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`error: ${error.stack}`))
  page.on('dialog', dialog => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', request => {
    if (new URL(request.url()).origin !== origin) complaints.push(`elsewhere: ${request.url()}`)
  })
  page.on('requestfailed', request => {
    // The page itself gives up what nobody waits for any more.
    const reason = request.failure()?.errorText
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${reason}`)
  })
  return complaints
}

/** Fails when axe-core finds anything that keeps people from using what the page shows now, in either theme. */
export async function assertAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const violations = await page.evaluate(
      `${axe.source};axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => ({
        id, help, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary)
      })))`,
    )
    assert.deepEqual(violations, [], colorScheme)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Fails when anything is wider than the screen. */
export async function assertFits(page: Page): Promise<void> {
  const [content, screen] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )
  assert.equal(content, screen)
}

/** With WRITE_IMAGES=1 writes docs/images/NAME-light.png and NAME-dark.png; else does nothing. */
export async function keepImage(page: Page, name: string): Promise<void> {
  if (process.env['WRITE_IMAGES'] === undefined) return
  await mkdir(IMAGES, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${IMAGES}${name}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
