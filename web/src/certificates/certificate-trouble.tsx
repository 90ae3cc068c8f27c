import type { Certificate } from '../../../src/admin/schemas.ts'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'

/** What is wrong with a certificate and what to do; nothing when all is well. */
export function CertificateTrouble({ error, stale }: Pick<Certificate, 'error' | 'stale'>) {
  const trouble = error ?? stale
  if (trouble === null) return null
  return (
    <Notice kind={error === null ? 'warn' : 'bad'} title={<Prose text={trouble.message} />}>
      {trouble.hint !== '' && (
        <p class="small break">
          <Prose text={trouble.hint} />
        </p>
      )}
      {error === null && <p class="small">Requests go out with the last good version until then.</p>}
    </Notice>
  )
}
