import { test } from 'node:test'
import { assertSoak } from './soak.ts'

test('for half an hour and a million requests of all kinds, with a reload each second, memory has a level, nothing is left behind and no identity is wrong', t =>
  assertSoak(t, { seconds: 1800, requests: 1_000_000 }))
