import type { Preview } from '../../../src/admin/schemas.ts'
import { Prose } from '../parts/prose.tsx'
import { ExpiryBadge } from './expiry-badge.tsx'

/** What the form would do if it were sent now. */
export function PreviewPanel({ preview }: { preview: Preview | null }) {
  return (
    <aside class="preview" aria-label="What it will do">
      <h3>What it will do</h3>
      {preview === null ? (
        <p class="small quiet">
          As you fill in the form, this shows what the certificate is, which hosts it takes, and from which
          other entry.
        </p>
      ) : (
        <>
          <p class="hidden" role="status">
            {summaryOf(preview)}
          </p>
          <Facts preview={preview} />
          <Patterns preview={preview} />
          <Rivals preview={preview} />
          <Matches preview={preview} />
        </>
      )}
    </aside>
  )
}

function Facts({ preview: { certificate, id } }: { preview: Preview }) {
  if (certificate === null && id === null) return null
  return (
    <dl class="facts">
      {id !== null && (
        <>
          <dt>Id</dt>
          <dd class="mono">{id}</dd>
        </>
      )}
      {certificate !== null && (
        <>
          <dt>Subject</dt>
          <dd>{certificate.subject}</dd>
          <dt>Issuer</dt>
          <dd>{certificate.issuer}</dd>
          <dt>Key</dt>
          <dd>{certificate.keyType}</dd>
          <dt>Expires</dt>
          <dd>
            <ExpiryBadge {...certificate} />
          </dd>
        </>
      )}
    </dl>
  )
}

function Patterns({ preview: { hosts } }: { preview: Preview }) {
  const valid = hosts.filter(({ error }) => error === null)
  if (valid.length === 0) return null
  return (
    <section>
      <h4>Hosts</h4>
      <ul class="preview-list">
        {valid.map(({ pattern, rule }) => (
          <li key={pattern}>
            <span class="mono">{pattern}</span>
            <span class="badge">{rule === 'full' ? 'Full host name' : 'Wildcard'}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Rivals({ preview: { rivals, hosts } }: { preview: Preview }) {
  if (!hosts.some(({ error }) => error === null)) return null
  return (
    <section>
      <h4>Other entries for these hosts</h4>
      {rivals.length === 0 && <p class="small quiet">None.</p>}
      <ul class="preview-list">
        {rivals.map(({ id, pattern, outcome, why }) => (
          <li key={`${id} ${pattern} ${outcome}`} class="stacked">
            <p>
              <span class={outcome === 'wins over' ? 'badge good' : 'badge warn'}>
                {outcome === 'wins over' ? 'Wins over' : 'Loses to'}
              </span>{' '}
              <span class="certificate-id break">{id}</span> <span class="mono small quiet">{pattern}</span>
            </p>
            <p class="small quiet break">
              <Prose text={why} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Matches({ preview: { matches, hosts } }: { preview: Preview }) {
  if (!hosts.some(({ error }) => error === null)) return null
  return (
    <section>
      <h4>Hosts asked for in the last hour</h4>
      {matches.length === 0 && <p class="small quiet">None that these patterns match.</p>}
      <ul class="preview-list">
        {matches.map(({ host, requests, now, then }) => (
          <li key={host} class="stacked">
            <p>
              <span class="mono">{host}</span>{' '}
              <span class="small quiet">
                {requests.toLocaleString()} request{requests === 1 ? '' : 's'}
              </span>
            </p>
            <p class="small quiet break">
              {now === then ? `Stays with ${nameOf(now)}` : `Goes from ${nameOf(now)} to this certificate`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** For screen readers, which shall not read all of it anew whenever a letter is typed. */
function summaryOf({ certificate, rivals, matches }: Preview): string {
  const wins = rivals.filter(({ outcome }) => outcome === 'wins over').length
  const changes = matches.filter(match => match.now !== match.then).length
  const counts = `wins over ${wins} and loses to ${rivals.length - wins} other entries; ${changes} hosts change hands`
  return certificate === null ? counts : `${certificate.subject}: ${counts}`
}

function nameOf(id: string | null): string {
  return id ?? 'no certificate'
}
