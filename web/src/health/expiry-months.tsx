import { useEffect } from 'preact/hooks'
import type { Certificate, Certificates } from '../../../src/admin/schemas.ts'
import { ExpiryBadge } from '../certificates/expiry-badge.tsx'
import { onLive } from '../live.ts'
import { now } from '../parts/clock.ts'
import { DateOf } from '../parts/time.tsx'
import { useAnswer } from '../parts/use-answer.ts'
import { hashOf } from '../route.ts'
import { type Expiry, type ExpiryMonth, expiryCalendar } from './expiry-calendar.ts'

/** How many certificates a list names; the rest is counted. */
const NAMED = 6

const MONTH = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })

/** Which certificates end when: what is urgent, and then the year ahead. */
export function ExpiryMonths() {
  const { answer, refresh } = useAnswer<Certificates>('/api/certificates')
  useEffect(() => onLive('registry', refresh), [refresh])
  const certificates = answer.value.data?.certificates
  if (certificates === undefined || certificates.length === 0) return null
  const readable = certificates.flatMap(({ id, notAfter }) =>
    notAfter === null ? [] : [{ id, notAfter: Date.parse(notAfter) }],
  )
  const { urgent, months, later } = expiryCalendar(readable, new Date(now.value))
  const byId = new Map(certificates.map(certificate => [certificate.id, certificate]))
  return (
    <section class="health-section" aria-label="Expiry calendar">
      <h2>Expiry calendar</h2>
      {urgent.length > 0 && (
        <ul class="card urgent" aria-label="Expired, or within 30 days">
          {urgent.slice(0, NAMED).map(({ id }) => (
            <Urgent key={id} certificate={byId.get(id)} />
          ))}
          {urgent.length > NAMED && <li>{andMore(urgent.length - NAMED)}</li>}
        </ul>
      )}
      <ol class="card months">
        {months.map(month => (
          <Month key={`${month.year}-${month.month}`} {...month} />
        ))}
      </ol>
      <p class="small quiet">
        {later.length > 0 &&
          `${later.length} more expire${later.length === 1 ? 's' : ''} after these months. `}
        {readable.length < certificates.length &&
          `Of ${certificates.length - readable.length} the certificate can’t be read.`}
      </p>
    </section>
  )
}

function Urgent({ certificate }: { certificate: Certificate | undefined }) {
  if (certificate === undefined || certificate.notAfter === null) return null
  return (
    <li>
      <ExpiryBadge {...certificate} />
      <Link id={certificate.id} />
      <span class="small quiet break">{certificate.hosts.join(', ')}</span>
      <span class="small quiet urgent-date">
        <DateOf at={certificate.notAfter} />
      </span>
    </li>
  )
}

function Month({ year, month, expiries }: ExpiryMonth) {
  return (
    <li class={expiries.length === 0 ? 'month empty-month' : 'month'}>
      <h3>{MONTH.format(new Date(year, month, 1))}</h3>
      {expiries.length === 0 ? (
        <p class="small quiet">
          <span aria-hidden="true">–</span>
          <span class="hidden">none</span>
        </p>
      ) : (
        <ul>
          {expiries.slice(0, NAMED).map(expiry => (
            <li key={expiry.id}>
              <span class={`day ${toneOf(expiry)}`}>{new Date(expiry.notAfter).getDate()}</span>
              <Link id={expiry.id} />
            </li>
          ))}
          {expiries.length > NAMED && <li>{andMore(expiries.length - NAMED)}</li>}
        </ul>
      )}
    </li>
  )
}

function Link({ id }: { id: string }) {
  return (
    <a class="break" href={hashOf('certificates', { search: id })}>
      {id}
    </a>
  )
}

/** As the badges of the certificates have it. */
function toneOf({ daysLeft }: Expiry): string {
  if (daysLeft < 7) return 'bad'
  return daysLeft < 30 ? 'warn' : ''
}

function andMore(count: number) {
  return (
    <a class="small" href={hashOf('certificates')}>
      and {count} more
    </a>
  )
}
