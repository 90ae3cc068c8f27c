import type { Signal } from '@preact/signals'
import { Icon } from '../parts/icon.tsx'
import { DateOf } from '../parts/time.tsx'
import { CertificateActions } from './certificate-actions.tsx'
import { CertificateFacts } from './certificate-facts.tsx'
import { CertificateTrouble } from './certificate-trouble.tsx'
import { commonNameOf } from './common-name.ts'
import { ExpiryBadge } from './expiry-badge.tsx'
import { HostList } from './host-list.tsx'
import { ORDERS, type Order, type OrderName, reordered } from './listing.ts'
import type { ListProperties, RowProperties } from './row.ts'
import { StateBadge } from './state-badge.tsx'

const COLUMNS = 7

/** The certificates on a wide screen. A certificate is a group of rows: with it stand its trouble and its facts. */
export function CertificateTable({
  certificates,
  open,
  newId,
  order,
  onToggle,
  onRemove,
}: ListProperties & { order: Signal<Order> }) {
  return (
    <table class="table certificates">
      <thead>
        <tr>
          <Heading by="host" order={order} />
          <th scope="col">Certificate</th>
          <Heading by="added" order={order} />
          <Heading by="expiry" order={order} />
          <Heading by="state" order={order} />
          <Heading by="requests" order={order} />
          <th scope="col">
            <span class="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      {certificates.map(certificate => (
        <Rows
          key={certificate.id}
          certificate={certificate}
          isOpen={open.has(certificate.id)}
          isNew={certificate.id === newId}
          onToggle={onToggle}
          onRemove={onRemove}
        />
      ))}
    </table>
  )
}

function Heading({ by, order }: { by: OrderName; order: Signal<Order> }) {
  const isCurrent = order.value.by === by
  const direction = order.value.descending ? 'descending' : 'ascending'
  return (
    <th
      scope="col"
      class={by === 'requests' ? 'number' : undefined}
      aria-sort={isCurrent ? direction : undefined}
    >
      <button
        type="button"
        class="sort"
        title={by === 'requests' ? 'In the last hour' : undefined}
        onClick={() => {
          order.value = reordered(order.value, by)
        }}
      >
        {ORDERS[by]}
        <Icon name="chevron-down" />
      </button>
    </th>
  )
}

function Rows(properties: RowProperties) {
  const { certificate, isOpen, isNew } = properties
  const hasTrouble = certificate.error !== null || certificate.stale !== null
  return (
    <tbody class={isNew ? 'new' : undefined} data-certificate={certificate.id}>
      <tr>
        <td>
          <HostList {...certificate} />
        </td>
        <td>
          <div class="certificate-id break">{certificate.id}</div>
          {certificate.subject !== null && (
            <div class="small quiet break clamped" title={certificate.subject}>
              {certificate.subject}
            </div>
          )}
          {certificate.issuer !== null && (
            <div class="small quiet break clamped" title={certificate.issuer}>
              {certificate.keyType}, by {commonNameOf(certificate.issuer)}
            </div>
          )}
        </td>
        <td class="nowrap">{certificate.addedAt === null ? '' : <DateOf at={certificate.addedAt} />}</td>
        <td>
          <ExpiryBadge {...certificate} />
        </td>
        <td>
          <StateBadge {...certificate} />
        </td>
        <td class="number">{certificate.requests.toLocaleString()}</td>
        <td>
          <CertificateActions {...properties} />
        </td>
      </tr>
      {(hasTrouble || isOpen) && (
        <tr class="more">
          <td colSpan={COLUMNS}>
            <CertificateTrouble {...certificate} />
            {isOpen && <CertificateFacts {...certificate} />}
          </td>
        </tr>
      )}
    </tbody>
  )
}
