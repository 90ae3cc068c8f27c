import { test } from 'node:test'
import { assertEditsAreKept } from '../support/edit-storm.ts'

test('of 32 changes by four processes beside a proxy under load none is lost, and no request fails', t =>
  assertEditsAreKept(t, { editors: 4, additions: 6 }))
