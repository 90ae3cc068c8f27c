import type { Certificate } from '../../../src/admin/schemas.ts'
import { TimeOf } from '../parts/time.tsx'

type Properties = Pick<
  Certificate,
  'subject' | 'issuer' | 'keyType' | 'serialNumber' | 'fingerprint256' | 'notBefore' | 'notAfter'
>

/** Everything that is known of a certificate, for those who compare it with another. */
export function CertificateFacts(facts: Properties) {
  return (
    <dl class="facts">
      <dt>Subject</dt>
      <dd>{facts.subject ?? 'unknown'}</dd>
      <dt>Issuer</dt>
      <dd>{facts.issuer ?? 'unknown'}</dd>
      <dt>Key</dt>
      <dd>{facts.keyType ?? 'unknown'}</dd>
      <dt>Valid from</dt>
      <dd>{facts.notBefore === null ? 'unknown' : <TimeOf at={facts.notBefore} />}</dd>
      <dt>Valid until</dt>
      <dd>{facts.notAfter === null ? 'unknown' : <TimeOf at={facts.notAfter} />}</dd>
      <dt>Serial number</dt>
      <dd class="mono">{facts.serialNumber ?? 'unknown'}</dd>
      <dt>SHA-256</dt>
      <dd class="mono">{facts.fingerprint256 ?? 'unknown'}</dd>
    </dl>
  )
}
