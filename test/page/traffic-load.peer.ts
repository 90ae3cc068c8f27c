import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { servePage } from './browser.ts'
import { manyRequests } from './requests.ts'

/** The work of one frame must leave room for others on a screen that shows 60 a second, also on a slow machine. */
const WORK_A_FRAME_MS = 25
const FRAMES = 300

const LONGEST_BLOCK_MS = 100
/** How long the page seems busy also depends on what else the machine does: the best of these counts. */
const ATTEMPTS = 4

/** The processor time of the page's main thread so far, in milliseconds: what else runs on the machine is not in it. */
async function workMeter(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
  }
}

/** Scrolls from the newest to the oldest; resolves with the most rows that were drawn at once. */
function scrollThrough(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise(resolve => {
    const list = document.querySelector('.requests-scroll')
    const all = list.scrollHeight - list.clientHeight
    let frame = 0
    let rows = 0
    const scroll = () => {
      frame += 1
      list.scrollTop = (all * frame) / ${FRAMES}
      rows = Math.max(rows, list.querySelectorAll('[data-request]').length)
      if (frame < ${FRAMES}) requestAnimationFrame(scroll)
      else resolve(rows)
    }
    requestAnimationFrame(scroll)
  })`)
}

/** The longest that the page is busy without a break while `action` goes on, in milliseconds; 0 for less than 50. */
async function longestBlock(page: Page, action: () => Promise<void>): Promise<number> {
  await page.evaluate(`
    window.blocks = [0]
    new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) window.blocks.push(duration)
    }).observe({ type: 'longtask' })`)
  await action()
  return page.evaluate<number>('Math.max(...window.blocks)')
}

describe('traffic', () => {
  test('scrolls smoothly through ten thousand requests', async t => {
    const { open } = await servePage(t)
    const page = await open('')
    const requests = manyRequests(10_000).reverse()
    await page.route('**/api/requests', route => route.fulfill({ json: { requests } }))
    await page.getByRole('link', { name: 'Traffic' }).click()
    await page.locator('[data-count]').getByText('10,000 requests').waitFor()
    const work = await workMeter(page)
    const before = await work()
    const rows = await scrollThrough(page)
    const workAFrame = ((await work()) - before) / FRAMES
    t.diagnostic(`${workAFrame.toFixed(1)} ms of work a frame, ${rows} rows drawn`)
    await page.locator('[data-request]').getByText('/checks/1', { exact: true }).waitFor()
    assert.ok(workAFrame < WORK_A_FRAME_MS, `${workAFrame} ms`)
    assert.ok(rows < 80, `${rows} rows`)
  })

  test('takes two thousand requests at once without a stop', async t => {
    const { open } = await servePage(t)
    const page = await open('#/traffic')
    await page.getByText('Live', { exact: true }).waitFor()
    const blocks: number[] = []
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const burst = manyRequests(2000, attempt * 2000 + 1)
      const body = burst.map(request => `event: request\ndata: ${JSON.stringify(request)}\n\n`).join('')
      const stream = { contentType: 'text/event-stream', body }
      await page.route('**/api/events', route => route.fulfill(stream), { times: 1 })
      const total = `${((attempt + 1) * 2000).toLocaleString('en-GB')} requests`
      const block = await longestBlock(page, async () => {
        // As a tab that comes back from the history: the stream opens anew.
        await page.evaluate("dispatchEvent(new Event('pagehide')), dispatchEvent(new Event('pageshow'))")
        await page.locator('[data-count]').getByText(total).waitFor()
      })
      blocks.push(block)
      if (block < LONGEST_BLOCK_MS) break
    }
    t.diagnostic(`longest blocks: ${blocks.join(', ')} ms`)
    assert.ok(Math.min(...blocks) < LONGEST_BLOCK_MS, `${blocks} ms`)
  })
})
