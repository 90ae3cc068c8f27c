import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { Status } from '../../src/admin/schemas.ts'
import { main } from '../../src/cli/main.ts'
import { problemOf, startAdmin, type TestAdmin } from '../support/admin.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { TestIo } from '../support/io.ts'

let client: Certificate

before(async () => {
  client = await (await createAuthority({ name: 'Root' })).client({ name: 'client' })
})

/** What a command prints as JSON about the same registry. */
async function printed({ proxy }: TestAdmin, ...args: string[]): Promise<unknown> {
  const io = new TestIo(proxy.folder)
  assert.equal(await main([...args, '--json', '--registry', 'registry.yaml'], io), 0, io.stderr.text)
  return JSON.parse(io.stdout.text)
}

describe('/api/explain', () => {
  test('answers what the command prints', async t => {
    const admin = await startAdmin(t, [
      { id: 'wild', host: '*.test', certificate: client },
      { id: 'grouped', host: 'a.test', groups: ['payments'], certificate: client },
    ])
    for (const target of ['a.test', 'http://a.test/x?y', 'b.test:8443', 'else.example', '[::1]']) {
      const path = `/api/explain?target=${encodeURIComponent(target)}`
      assert.deepEqual(await admin.get(path), await printed(admin, 'explain', target))
      assert.deepEqual(
        await admin.get(`${path}&group=payments%2Borders`),
        await printed(admin, 'explain', target, '--group', 'payments+orders'),
      )
    }
  })

  test('says so when there is no target, or none that could be one', async t => {
    const admin = await startAdmin(t)
    for (const query of ['', '?target=', '?target=ftp%3A%2F%2Fa.test', '?target=a%20b']) {
      const problem = await problemOf(await admin.fetch(`/api/explain${query}`), 400)
      assert.deepEqual(
        problem.errors?.map(({ field }) => field),
        ['target'],
      )
    }
  })
})

test('/api/certificates tells why an entry cannot be used, and when its last good version stands in', async t => {
  const admin = await startAdmin(t, [{ id: 'a', host: 'a.test', certificate: client }])
  const { cert = '' } = JSON.parse(await readFile(join(admin.proxy.folder, 'registry.yaml'), 'utf8'))
    .certificates[0]
  await writeFile(join(admin.proxy.folder, cert), 'broken')
  assert.equal(await admin.proxy.app.reload('request'), true)
  const [stale] = await admin.certificates()
  assert.deepEqual([stale?.usable, stale?.state, stale?.error], [true, 'usable', null])
  assert.equal(stale?.stale?.code, 'client_certificate_invalid')
  await admin.proxy.setEntries([{ id: 'b', host: 'b.test', certificate: client }])
  const [broken] = await admin.certificates()
  assert.deepEqual([broken?.usable, broken?.state], [false, 'client_certificate_invalid'])
  assert.match(broken?.error?.message ?? '', /holds no certificate/)
})

test('/api/status tells where everything is, and what a runner needs', async t => {
  const admin = await startAdmin(t)
  const status = await admin.get<Status>('/api/status')
  const { proxyUrl, trustFiles } = admin.proxy.app
  assert.deepEqual(
    [status.proxy, status.admin, status.registry, status.pid, status.ready],
    [proxyUrl, admin.url, join(admin.proxy.folder, 'registry.yaml'), process.pid, true],
  )
  const { subject, validToDate } = new X509Certificate(await readFile(trustFiles.certificate))
  assert.deepEqual(status.authority, {
    path: trustFiles.certificate,
    subject: subject.replace('\n', ', '),
    notAfter: validToDate.toISOString(),
  })
  assert.equal(status.environment['HTTPS_PROXY'], proxyUrl)
  assert.equal(status.environment['SSL_CERT_FILE'], trustFiles.bundle)
  assert.equal(status.environment['PATH'], undefined)
  assert.equal(
    await (await fetch(`${admin.url}/ca.pem`)).text(),
    await readFile(trustFiles.certificate, 'utf8'),
  )
  assert.deepEqual(
    status.reloads.map(({ reason, outcome }) => [reason, outcome]),
    [['start', 'loaded']],
  )
})
