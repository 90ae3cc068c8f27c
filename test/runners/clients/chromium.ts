import { mkdir, mkdtemp } from 'node:fs/promises'
import { ABSOLUTE, CONNECT_HTTP2 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import type { TestBed } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  // Or it tries https:// first.
  '--disable-features=HttpsUpgrades',
  '--no-first-run',
]

const trusting = new WeakMap<TestBed, Promise<void>>()

/** Puts certhop's authority into the home's certificate database, where Chromium looks for what its user trusts. */
function trustAuthority(bed: TestBed): Promise<void> {
  const trusted = trusting.get(bed) ?? importAuthority(bed)
  trusting.set(bed, trusted)
  return trusted
}

async function importAuthority(bed: TestBed): Promise<void> {
  const database = bed.path('.pki/nssdb')
  await mkdir(database, { recursive: true })
  const where = ['-d', `sql:${database}`]
  for (const args of [
    ['-N', ...where, '--empty-password'],
    ['-A', ...where, '-n', 'certhop', '-t', 'C,,', '-i', bed.authorityFile],
  ]) {
    const { status, stderr } = await bed.run('certutil', args)
    if (status !== 0) throw new Error(`certutil: ${stderr}`)
  }
}

export const CHROMIUM = fetcher({
  name: 'Chromium',
  label: 'chromium',
  version: bed => commandVersion(bed, 'chromium', '--version'),
  async get(url, bed) {
    await trustAuthority(bed)
    const profile = await mkdtemp(bed.path('chromium-'))
    const flags = [...FLAGS, `--user-data-dir=${profile}`, `--proxy-server=${bed.proxy.host}`]
    const outcome = await bed.run('chromium', [...flags, '--dump-dom', url])
    return { ...outcome, stdout: outcome.stdout.replaceAll('&quot;', '"').replaceAll('&amp;', '&') }
  },
  http: ABSOLUTE,
  https: CONNECT_HTTP2,
})
