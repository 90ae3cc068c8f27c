import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import type { z } from 'zod'
import { ROUTES } from '../../src/admin/routes.ts'
import * as schemas from '../../src/admin/schemas.ts'
import { startAdmin, type TestAdmin } from '../support/admin.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { ROOT } from '../support/command.ts'

interface Content {
  readonly schema: { readonly $ref?: string }
}

interface Operation {
  readonly security: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const document = JSON.parse(await readFile(`${ROOT}docs/openapi.json`, 'utf8')) as Document

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
)

/** The schema that the server's code has for a reference of the document. */
function schemaOf({ schema }: Content): z.ZodType | null {
  const id = schema.$ref?.split('/').at(-1)
  if (id === undefined) return null
  const found = Object.values(schemas).find(each => each.meta()?.id === id)
  assert(found !== undefined, id)
  return found
}

describe('the OpenAPI document', () => {
  let client: Certificate
  before(async () => {
    client = await (await createAuthority({ name: 'Root' })).client({ name: 'client' })
  })

  /** A request that succeeds. */
  function goodRequest(admin: TestAdmin, method: string, path: string): [path: string, body?: object] {
    const { pathname } = new URL(admin.proxy.app.admin?.newLink() ?? '')
    const filled = path
      .replace('{id}', method === 'DELETE' ? 'removed' : 'kept')
      .replace('/session/{code}', pathname)
      .replace(/^\/api\/explain$/, '$&?target=a.test')
    if (path === '/session' && method === 'POST') return [filled, { token: admin.token }]
    if (method === 'POST') return [filled, { host: 'new.test', cert: client.chain, key: client.key() }]
    return [filled]
  }

  test('is the one that is written beside the docs (`node scripts/pinned.js scripts/schemas.ts`), and served', async t => {
    const admin = await startAdmin(t)
    assert.deepEqual(await admin.get('/api/openapi.json'), document)
  })

  test('has every route of the server, and no other', () => {
    const served = ROUTES.map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(operations.map(({ method, path }) => `${method} ${path}`).sort(), served.sort())
  })

  test('refers to nothing that it does not hold', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)
    const missing = [...references].filter(([, id = '']) => document.components.schemas[id] === undefined)
    assert.deepEqual(missing, [])
  })

  for (const { path, method, operation } of operations) {
    test(`${method} ${path} answers as it says`, async t => {
      const certificate = client
      const admin = await startAdmin(t, [
        { id: 'kept', host: '*.test', certificate },
        { id: 'removed', host: 'b.test', certificate },
      ])
      const runner = await admin.proxy.send(
        'GET http://x.invalid/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      )
      await runner.untilEnd()
      const [target, body] = goodRequest(admin, method, path)
      const response = await admin.fetch(target, {
        method,
        redirect: 'manual',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      })
      const described = operation.responses[response.status]
      assert(described !== undefined, `${response.status} is described`)
      const [type, content] = Object.entries(described.content ?? {})[0] ?? []
      assert.equal(response.headers.get('content-type')?.split(';')[0] ?? undefined, type)
      const schema = content === undefined ? null : schemaOf(content)
      if (type === 'text/event-stream') await response.body?.cancel()
      else {
        const text = await response.text()
        if (schema !== null) schema.parse(JSON.parse(text))
      }
    })

    if (operation.security.length > 0) {
      test(`${method} ${path} wants to be signed in`, async t => {
        const admin = await startAdmin(t)
        const [target] = goodRequest(admin, method, path)
        const response = await fetch(admin.url + target, { method })
        assert.equal(response.status, 401)
        schemas.problemSchema.parse(await response.json())
      })
    }
  }
})
