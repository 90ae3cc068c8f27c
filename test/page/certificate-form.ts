import type { Locator, Page } from 'playwright-core'

/** A file to choose. */
export function file(name: string, content: string | Buffer) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) }
}

/** Opens the form for a new certificate. */
export async function openForm(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Add client certificate' }).click()
  return page.getByRole('dialog', { name: 'Add client certificate' })
}

/** The row, or the card, of one certificate in the list. */
export function rowOf(page: Page, id: string): Locator {
  return page.locator(`[data-certificate="${id}"]`)
}

/** Waits until assistive technology is told `description` about the field, besides its label. */
export async function describedAs(page: Page, label: string, description: RegExp): Promise<void> {
  // To them a file input is a button.
  const role = label.endsWith(' file') ? 'button' : 'textbox'
  const name = new RegExp(`^${label}( \\(optional\\))?$`)
  await page.getByRole(role, { name, description }).waitFor()
}
