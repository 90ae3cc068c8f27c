import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { StateDirectory } from '../support/state-directory.ts'

test('OpenSSL finds nothing to object to in the authority, by the letter of RFC 5280', async () => {
  await using state = await StateDirectory.create()
  const authority = await state.open()
  const ca = authority.files.certificate
  for (const [args, expected] of [
    [['verify', '-x509_strict', '-check_ss_sig', '-CAfile', ca, ca], /: OK$/m],
    [['pkey', '-in', state.file('authority.pem'), '-noout', '-check'], /Key is valid/],
    [['x509', '-in', ca, '-noout', '-purpose'], /^SSL server CA : Yes$/m],
  ] as const) {
    const { status, stdout, stderr } = await runCommand('openssl', [...args])
    assert.equal(status, 0, stderr)
    assert.match(stdout, expected)
  }
})
