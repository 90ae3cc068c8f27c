import { test } from 'node:test'
import { assertEditsAreKept } from '../support/edit-storm.ts'

test('of 500 changes by five processes beside a proxy under load none is lost, and no request fails', t =>
  assertEditsAreKept(t, { editors: 5, additions: 75 }))
