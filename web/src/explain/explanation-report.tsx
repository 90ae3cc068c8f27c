import type { Explanation } from '../../../src/admin/schemas.ts'
import { Icon } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'
import { TimeOf } from '../parts/time.tsx'

type Candidate = Explanation['candidates'][number]

const WAYS: Readonly<Record<Explanation['way'], string>> = {
  tls: 'Requests go out over TLS with this certificate.',
  plain: 'Requests go out as plain HTTP, without a certificate.',
  tunnel: 'Requests go through a tunnel that is not opened, without a certificate.',
  refused: 'Requests are refused.',
}

/** The answer in a few words. */
export function verdictOf({ certificate }: Explanation): string {
  return certificate === null ? 'No certificate' : `${certificate} wins`
}

/** Who wins, what becomes of a request, and how each other entry fared. */
export function ExplanationReport({ explanation }: { explanation: Explanation }) {
  const { target, error, way, reason, candidates } = explanation
  return (
    <div class="report">
      <section class="card verdict">
        <p class="small quiet break">
          {target.scheme}://{target.host.includes(':') ? `[${target.host}]` : target.host}:{target.port}
          {target.groups.length > 0 && `, as ${target.groups.join(' + ')}`}
        </p>
        <h2 class="break">{verdictOf(explanation)}</h2>
        <p>{WAYS[way]}</p>
        <Reasons reason={reason} />
        {error !== null && (
          <Notice kind="bad" title={<Prose text={error.message} />}>
            {error.hint !== '' && (
              <p class="small break">
                <Prose text={error.hint} />
              </p>
            )}
            <p class="small mono">{error.code}</p>
          </Notice>
        )}
      </section>
      {candidates.length > 0 && (
        <section>
          <h2 id="candidates">Candidates</h2>
          <ol class="candidates" aria-labelledby="candidates">
            {candidates.map((candidate, index) => (
              <CandidateCard key={candidate.position} candidate={candidate} place={index + 1} />
            ))}
          </ol>
        </section>
      )}
    </div>
  )
}

/** What decided, and which entries were left out: one line each. */
function Reasons({ reason }: { reason: string }) {
  return (
    <ul class="reasons quiet">
      {reason.split('; ').map(each => (
        <li key={each} class="break">
          <Prose text={each} />
        </li>
      ))}
    </ul>
  )
}

function CandidateCard({ candidate, place }: { candidate: Candidate; place: number }) {
  const { id, pattern, rule, addedAt, position, wins, why } = candidate
  return (
    <li class={wins ? 'card candidate wins' : 'card candidate'}>
      <span class="place" aria-hidden="true">
        {wins ? <Icon name="check" /> : place}
      </span>
      <div>
        <p class="candidate-name">
          <span class="candidate-id break">{id}</span>
          <span class={wins ? 'badge good' : 'badge'}>{wins ? 'Wins' : 'Loses'}</span>
        </p>
        <p class="break">
          <Prose text={why} />
        </p>
        <p class="small quiet break">
          <span class="mono">{pattern}</span>, {rule === 'full' ? 'a full host name' : 'a wildcard'}
          {addedAt !== null && (
            <>
              , added <TimeOf at={addedAt} />
            </>
          )}
          , place {position} in the registry
        </p>
      </div>
    </li>
  )
}
