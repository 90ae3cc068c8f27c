import { Fragment } from 'preact'
import type { RegistryReload } from '../../../src/admin/schemas.ts'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'
import { formatMs } from '../parts/quantity.ts'
import { TimeOf } from '../parts/time.tsx'

type Problem = RegistryReload['problems'][number]

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
  /** The path of the registry file. */
  readonly registry: string
}

/** Says it when the registry file is not what is in force. */
export function LastReload({ reloads: [last], registry }: Properties) {
  if (last === undefined || last.outcome === 'loaded' || last.outcome === 'unchanged') return null
  return (
    <Notice kind="bad" title="The registry can’t be loaded; the last good one stays in use">
      <Problems problems={last.problems.filter(isError)} registry={registry} />
    </Notice>
  )
}

/** When the registry was read, what changed, and what was wrong. */
export function Reloads({ reloads, registry }: Properties) {
  return (
    <section class="health-section" aria-label="Reloads">
      <div>
        <h2>Reloads of the registry</h2>
        <p class="small quiet mono break">{registry}</p>
      </div>
      <ol class="card reloads">
        {reloads.map(reload => (
          <Reload key={reload.at + reload.reason} reload={reload} registry={registry} />
        ))}
      </ol>
    </section>
  )
}

function Reload({ reload, registry }: { reload: RegistryReload; registry: string }) {
  const { at, reason, outcome, generation, entries, ms, problems } = reload
  const { tone, words } = OUTCOMES[outcome]
  const errors = problems.filter(isError)
  const warnings = problems.filter(problem => !isError(problem))
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
      <Problems problems={errors} registry={registry} />
      {warnings.length > 0 && (
        <details class="warnings">
          <summary>{warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}</summary>
          <Problems problems={warnings} registry={registry} />
        </details>
      )}
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

function Problems({ problems, registry }: { problems: readonly Problem[]; registry: string }) {
  if (problems.length === 0) return null
  return (
    <ul class="problems">
      {problems.slice(0, NAMED).map(({ severity, file, line, column, message, hint }) => (
        <li key={`${file}:${line}:${column}:${message}`}>
          <code class={severity === 'error' ? 'bad' : 'warn'}>
            {beside(registry, file)}:{line}:{column}
          </code>{' '}
          <Prose text={message} />
          {hint !== '' && (
            <span class="quiet">
              {' '}
              <Prose text={hint} />
            </span>
          )}
        </li>
      ))}
      {problems.length > NAMED && <li class="quiet">and {problems.length - NAMED} more</li>}
    </ul>
  )
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

/** A path from the folder of the registry on, which is named above. */
function beside(registry: string, file: string): string {
  const folder = registry.slice(0, registry.lastIndexOf('/') + 1)
  return folder !== '' && file.startsWith(folder) ? file.slice(folder.length) : file
}
