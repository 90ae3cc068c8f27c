import type { Certificate } from '../../../src/admin/schemas.ts'

const WORDS: Readonly<Record<string, string>> = {
  usable: 'Usable',
  'not valid yet': 'Not valid yet',
  client_certificate_missing_file: 'File missing',
  client_certificate_invalid: 'Invalid',
  client_certificate_expired: 'Expired',
  client_key_mismatch: 'Key does not fit',
  passphrase_wrong: 'Wrong passphrase',
  secret_unavailable: 'Secret unavailable',
}

/** A certificate's state in a word or two; what to do about it is said elsewhere. */
export function StateBadge({ state, stale }: Pick<Certificate, 'state' | 'stale'>) {
  if (stale !== null) return <span class="badge warn">Last good version</span>
  const tone = { usable: 'good', 'not valid yet': 'accent' }[state] ?? 'bad'
  return <span class={`badge ${tone}`}>{WORDS[state] ?? state}</span>
}
