import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerCertificate } from 'node:tls'
import { nameOfRunner } from '../../src/proxy/runner-name.ts'

test('a runner is called by its common name, or else by the first of its DNS names and URIs', () => {
  const cases: [common: string | string[] | undefined, alternatives: string | undefined, name: string][] = [
    ['payments', undefined, 'payments'],
    ['payments', 'DNS:orders', 'payments'],
    [['payments', 'orders'], undefined, 'payments'],
    ['', 'DNS:orders', ''],
    [undefined, 'DNS:orders', 'orders'],
    [undefined, 'IP Address:127.0.0.1, email:a@b.example, DNS:orders, DNS:payments', 'orders'],
    [undefined, 'URI:spiffe://corp.example/payments, DNS:orders', 'spiffe://corp.example/payments'],
    [undefined, 'IP Address:127.0.0.1', ''],
    [undefined, undefined, ''],
    // How Node writes a single name that holds a comma.
    [undefined, 'DNS:"x, DNS:payments, y"', ''],
    [undefined, 'email:"a, DNS:payments"@b.example', ''],
  ]
  for (const [CN, subjectaltname, name] of cases) {
    const subject = (CN === undefined ? {} : { CN }) as PeerCertificate['subject']
    assert.equal(nameOfRunner({ subject, ...(subjectaltname === undefined ? {} : { subjectaltname }) }), name)
  }
  assert.equal(nameOfRunner({}), '')
})
