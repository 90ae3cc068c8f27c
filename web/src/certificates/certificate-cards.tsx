import { DateOf } from '../parts/time.tsx'
import { CertificateActions } from './certificate-actions.tsx'
import { CertificateFacts } from './certificate-facts.tsx'
import { CertificateTrouble } from './certificate-trouble.tsx'
import { ExpiryBadge } from './expiry-badge.tsx'
import { HostList } from './host-list.tsx'
import type { ListProperties, RowProperties } from './row.ts'
import { StateBadge } from './state-badge.tsx'

/** The certificates on a narrow screen. */
export function CertificateCards({ certificates, open, newId, onToggle, onRemove }: ListProperties) {
  return (
    <ul class="cards" aria-label="Certificates">
      {certificates.map(certificate => (
        <Card
          key={certificate.id}
          certificate={certificate}
          isOpen={open.has(certificate.id)}
          isNew={certificate.id === newId}
          onToggle={onToggle}
          onRemove={onRemove}
        />
      ))}
    </ul>
  )
}

function Card(properties: RowProperties) {
  const { certificate, isOpen, isNew } = properties
  const { requests } = certificate
  return (
    <li
      class={isNew ? 'card certificate-card new' : 'card certificate-card'}
      data-certificate={certificate.id}
    >
      <div class="certificate-card-head">
        <div>
          <HostList {...certificate} />
          <div class="small quiet break">{certificate.id}</div>
        </div>
        <CertificateActions {...properties} />
      </div>
      <div class="certificate-card-badges">
        <StateBadge {...certificate} />
        <ExpiryBadge {...certificate} />
        <span class="small quiet">
          {requests.toLocaleString()} request{requests === 1 ? '' : 's'} in the last hour
        </span>
      </div>
      <CertificateTrouble {...certificate} />
      {!isOpen && certificate.subject !== null && (
        <p class="small quiet break">
          {certificate.subject}
          {certificate.addedAt !== null && (
            <>
              , added <DateOf at={certificate.addedAt} />
            </>
          )}
        </p>
      )}
      {isOpen && <CertificateFacts {...certificate} />}
    </li>
  )
}
