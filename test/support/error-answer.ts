import assert from 'node:assert/strict'
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts'
import type { TestProxy } from './proxy.ts'
import type { RawResponse } from './raw-connection.ts'

export interface Expected {
  detail?: RegExp
  hint?: RegExp
  certificate?: string | undefined
}

/** Asserts that an answer is that of `code`, whole: status, Proxy-Status, problem, and the record of it. */
export function assertError(
  response: RawResponse,
  proxy: TestProxy,
  code: ErrorCode,
  expected: Expected = {},
): void {
  const { status, proxyStatus, title } = ERRORS[code]
  const problem = JSON.parse(response.body)
  assert.equal(problem.type, `urn:certhop:error:${code}`, response.body)
  assert.equal(response.status, status)
  assert.equal(problem.status, status)
  assert.equal(problem.title, title)
  assert.match(
    response.head,
    new RegExp(`\r\nProxy-Status: certhop; error=${proxyStatus}; details="[ -~]+"\r\n`),
  )
  assert.match(response.head, /\r\nContent-Type: application\/problem\+json\r\n/)
  assert.match(problem.detail, expected.detail ?? /./)
  if (expected.hint !== undefined) assert.match(problem.hint, expected.hint)
  if ('certificate' in expected) assert.equal(problem.certificate, expected.certificate)
  const record = proxy.records.at(-1)
  assert.equal(record?.error, code)
  assert.equal(record?.status, status)
  assert.equal(record?.requestId, problem.requestId)
}
