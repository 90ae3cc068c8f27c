import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { startAdmin, type TestAdmin } from '../support/admin.ts'
import { createAuthority } from '../support/certificates.ts'
import { damaged } from '../support/damage.ts'
import { trials } from '../support/property.ts'
import { RawConnection } from '../support/raw-connection.ts'

const root = await createAuthority({ name: 'Root' })
const client = await root.client({ name: 'payments' })
/** Whole but for its host, so that nothing is ever added. */
const GOOD = {
  id: 'a',
  port: 8443,
  groups: ['g'],
  cert: client.pem,
  key: client.key(),
  ca: root.pem,
  passphrase: '',
}

const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e308,
    '',
    [],
    {},
    [[]],
    { toString: 1 },
    '\ud800',
    '*'.repeat(5000),
  ),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
)
const field = fc.constantFrom(
  ...Object.keys(GOOD),
  'host',
  'pkcs12',
  '__proto__',
  'constructor',
  'toString',
  'x',
)

function bodyOf(changes: readonly (readonly [string, unknown])[]): string {
  const fields = { ...Object.fromEntries(Object.entries(GOOD)) }
  const rest = changes.filter(([name]) => name !== 'host')
  for (const [name, value] of rest)
    if (name !== '__proto__') (fields as Record<string, unknown>)[name] = value
  const text = JSON.stringify(fields)
  return rest.some(([name]) => name === '__proto__')
    ? text.replace('{', '{"__proto__":{"host":"a.example"},')
    : text
}

function formOf(fields: readonly (readonly [name: string, value: string, isFile: boolean])[]): FormData {
  const form = new FormData()
  for (const [name, value, isFile] of fields) {
    if (isFile) form.append(name, new Blob([value]), value.slice(0, 5))
    else form.append(name, value)
  }
  return form
}

/** Whatever was sent, it was the sender's fault and the plane is well. */
async function refuses(admin: TestAdmin, response: Response): Promise<void> {
  const text = await response.text()
  assert.ok(response.status >= 400 && response.status < 500, `${response.status} ${text}`)
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.doesNotMatch(admin.proxy.log(), /the admin plane failed/)
}

describe('whoever has the token', () => {
  test('is told what is wrong with any JSON in place of a certificate', async t => {
    const admin = await startAdmin(t)
    const headers = { 'Content-Type': 'application/json' }
    const post = (body: string | Uint8Array<ArrayBuffer>) =>
      admin.fetch('/api/certificates', { method: 'POST', headers, body })
    const changes = fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 4 }).map(bodyOf)
    const broken = damaged(JSON.stringify(GOOD)).map(bytes => new Uint8Array(bytes))
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes, broken), async body => refuses(admin, await post(body))),
      {
        ...trials(60),
        examples: [['['.repeat(500_000)], ['{"a":'.repeat(100_000)], [`{"__proto__":{"host":"a"}}`]],
      },
    )
  })

  test('is told what is wrong with any form in place of a certificate', async t => {
    const admin = await startAdmin(t)
    const fields = fc.array(fc.tuple(field, fc.string({ maxLength: 20 }), fc.boolean()), { maxLength: 5 })
    const whole = fields.map(given => formOf(given.filter(([name]) => name !== 'host')))
    await fc.assert(
      fc.asyncProperty(whole, async form => refuses(admin, await admin.post('/api/certificates', form))),
      trials(40),
    )
    const boundary = 'X-BOUNDARY'
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="cert"; filename="a"\r\n\r\nx\r\n--${boundary}--\r\n`
    const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }
    await fc.assert(
      fc.asyncProperty(damaged(part), async bytes => {
        const body = new Uint8Array(bytes)
        await refuses(admin, await admin.fetch('/api/certificates', { method: 'POST', headers, body }))
      }),
      trials(40),
    )
  })

  test('asks for any target and gets an explanation or a refusal', async t => {
    const admin = await startAdmin(t)
    const text = fc.oneof(fc.string({ maxLength: 30 }), damaged('https://a.example:8443/x').map(String))
    await fc.assert(
      fc.asyncProperty(text, text, async (target, group) => {
        const query = new URLSearchParams({ target, group })
        const response = await admin.fetch(`/api/explain?${query}`)
        assert.ok(response.status === 200 || response.status === 400, `${response.status} for ${target}`)
        await response.arrayBuffer()
      }),
      trials(60),
    )
  })

  test('sends any octets, and the next one is answered', async t => {
    const admin = await startAdmin(t)
    const body = JSON.stringify(GOOD)
    const fields = [
      `Authorization: Bearer ${admin.token}`,
      'Content-Type: application/json',
      'Connection: close',
    ]
    const octets = damaged(
      admin.head('GET /api/status', ...fields),
      admin.head('GET /api/explain?target=a', ...fields),
      admin.head('POST /api/certificates', ...fields, `Content-Length: ${body.length}`) + body,
      admin.head('DELETE /api/certificates/a', ...fields),
    )
    await fc.assert(
      fc.asyncProperty(octets, async bytes => {
        const connection = await RawConnection.connect(admin.port)
        connection.send(bytes)
        connection.end()
        const answer = await connection.untilEnd()
        connection.close()
        assert.doesNotMatch(answer, /^HTTP\/1\.1 5/)
      }),
      trials(60),
    )
    assert.equal((await fetch(`${admin.url}/livez`)).status, 200)
    assert.doesNotMatch(admin.proxy.log(), /the admin plane failed/)
  })
})
