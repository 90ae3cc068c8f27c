import { Fragment } from 'preact'
import type { RegistryReload } from '../../../src/admin/schemas.ts'
import { MarkedText } from '../parts/marked-text.tsx'
import { Notice } from '../parts/notice.tsx'
import { formatMs } from '../parts/quantity.ts'
import { TimeOf } from '../parts/time.tsx'

/** How many ids or problems are listed; the rest is counted. */
const NAMED = 8

const REASONS: Readonly<Record<RegistryReload['reason'], string>> = {
  start: 'at the start',
  change: 'because files had changed',
  request: 'because it was asked for',
}

const OUTCOMES: Readonly<Record<RegistryReload['outcome'], { tone: string; words: string }>> = {
  loaded: { tone: 'good', words: 'Loaded' },
  unchanged: { tone: '', words: 'Unchanged' },
  refused: { tone: 'bad', words: 'Refused' },
  failed: { tone: 'bad', words: 'Failed' },
}

interface Properties {
  /** Newest first. */
  readonly reloads: readonly RegistryReload[]
}

/** Says it when the registry file is not what is in force. */
export function LastReload({ reloads: [last] }: Properties) {
  if (last === undefined || last.outcome === 'loaded' || last.outcome === 'unchanged') return null
  return (
    <Notice kind="bad" title="The registry can’t be loaded; the last good one stays in use">
      <Problems {...last} />
    </Notice>
  )
}

/** When the registry was read, what changed, and what was wrong. */
export function Reloads({ reloads }: Properties) {
  return (
    <section class="health-section" aria-label="Reloads">
      <h2>Reloads of the registry</h2>
      <ol class="card reloads">
        {reloads.map(reload => (
          <Reload key={reload.at + reload.reason} {...reload} />
        ))}
      </ol>
    </section>
  )
}

function Reload(reload: RegistryReload) {
  const { at, reason, outcome, generation, entries, ms } = reload
  const { tone, words } = OUTCOMES[outcome]
  return (
    <li class="reload">
      <div class="reload-head">
        <span class={`badge ${tone}`}>{words}</span>
        <TimeOf at={at} />
        <span class="small quiet">
          {REASONS[reason]}, in {formatMs(ms)}; generation {generation}, {entries.toLocaleString()}{' '}
          {entries === 1 ? 'entry' : 'entries'}
        </span>
      </div>
      <Changes {...reload} />
      <Problems {...reload} />
    </li>
  )
}

function Changes({ added, changed, removed }: RegistryReload) {
  const parts = Object.entries({ Added: added, Changed: changed, Removed: removed }).filter(
    ([, ids]) => ids.length > 0,
  )
  if (parts.length === 0) return null
  return (
    <dl class="facts">
      {parts.map(([name, ids]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>
            {ids.slice(0, NAMED).join(', ')}
            {ids.length > NAMED && ` and ${(ids.length - NAMED).toLocaleString()} more`}
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}

function Problems({ problems }: RegistryReload) {
  if (problems.length === 0) return null
  return (
    <ul class="problems">
      {problems.slice(0, NAMED).map(({ severity, file, line, column, message, hint }) => (
        <li key={`${file}:${line}:${column}:${message}`}>
          <code class={severity === 'error' ? 'bad' : 'warn'}>
            {file}:{line}:{column}
          </code>{' '}
          <MarkedText text={message} />
          {hint !== '' && (
            <span class="quiet">
              {' '}
              <MarkedText text={hint} />
            </span>
          )}
        </li>
      ))}
      {problems.length > NAMED && <li class="quiet">and {problems.length - NAMED} more</li>}
    </ul>
  )
}
