import { test } from 'node:test'
import { assertSoak } from './soak.ts'

test('for two minutes of requests of all kinds, with a reload each second, memory has a level, nothing is left behind and no identity is wrong', t =>
  assertSoak(t, { seconds: 120, requests: 0 }))
