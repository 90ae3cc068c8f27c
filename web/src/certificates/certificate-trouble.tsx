import type { Certificate } from '../../../src/admin/schemas.ts'
import { Notice } from '../parts/notice.tsx'

/** What is wrong with a certificate and what to do; nothing when all is well. */
export function CertificateTrouble({ error, stale }: Pick<Certificate, 'error' | 'stale'>) {
  const trouble = error ?? stale
  if (trouble === null) return null
  return (
    <Notice kind={error === null ? 'warn' : 'bad'} title={trouble.message}>
      {trouble.hint !== '' && <p class="small break">{sentence(trouble.hint)}</p>}
      {error === null && <p class="small">Requests go out with the last good version until then.</p>}
    </Notice>
  )
}

function sentence(hint: string): string {
  return `${hint.charAt(0).toUpperCase()}${hint.slice(1)}${/[.?!]$/.test(hint) ? '' : '.'}`
}
