import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/use-media.ts'
import { filter, requests, revision } from './live-requests.ts'
import { EVERYTHING, FAILED, isSameFilter, NO_CERTIFICATE, type RequestFilter } from './request-filter.ts'
import { failureOf, WAYS } from './request-words.ts'

/** How long to wait for more of the filter before its result is read out. */
const SETTLED_MS = 700

/** Names of the classes of status, as they come first among the outcomes. */
const ANSWERED: Readonly<Record<string, string>> = {
  '2xx': '2xx, success',
  '3xx': '3xx, redirection',
  '4xx': '4xx, refused by the server',
  '5xx': '5xx, failed in the server',
  '1xx': '1xx, another protocol',
}

export function Filters() {
  revision.value
  const { certificate, outcome, way } = filter.value
  const isNarrow = useMedia('(max-width: 56rem)')
  const seen = seenValues(requests.all)
  const choices = (
    <>
      <Search name="host" label="Host" placeholder="Part of a host" />
      <Choice name="certificate" label="Certificate" every="Every certificate">
        <option value={NO_CERTIFICATE}>No certificate</option>
        <Options values={withChosen(seen.certificates, certificate)} />
      </Choice>
      <Choice name="outcome" label="Outcome" every="Every outcome">
        <optgroup label="Answered by the server">
          {Object.entries(ANSWERED).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </optgroup>
        <optgroup label="Failed or refused here">
          <option value={FAILED}>Everything that failed</option>
          {withChosen(seen.errors, isCode(outcome) ? outcome : '').map(code => (
            <option key={code} value={code} title={failureOf(code).title}>
              {code}
            </option>
          ))}
        </optgroup>
      </Choice>
      <Choice name="way" label="Way" every="Every way">
        <Options values={withChosen(Object.keys(WAYS), way)} />
      </Choice>
    </>
  )
  return (
    <search class="filters" aria-label="Filter the requests">
      <Search name="text" label="Search" placeholder="Search path, status, id …" />
      {isNarrow ? (
        <details class="filter-more">
          <summary class="button">Filters</summary>
          {choices}
        </details>
      ) : (
        choices
      )}
      <Count />
    </search>
  )
}

interface FieldProperties {
  readonly name: keyof RequestFilter
  readonly label: string
}

function Search({ name, label, placeholder }: FieldProperties & { placeholder: string }) {
  return (
    <div class="filter-search">
      <Icon name="search" />
      <input
        type="search"
        class="input"
        aria-label={label}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        value={filter.value[name]}
        onInput={event => change({ [name]: event.currentTarget.value })}
      />
    </div>
  )
}

function Choice({
  name,
  label,
  every,
  children,
}: FieldProperties & { every: string; children: preact.ComponentChildren }) {
  return (
    <select
      class="input filter-choice"
      aria-label={label}
      value={filter.value[name]}
      onChange={event => change({ [name]: event.currentTarget.value })}
    >
      <option value="">{every}</option>
      {children}
    </select>
  )
}

function Options({ values }: { values: readonly string[] }) {
  return values.map(value => (
    <option key={value} value={value}>
      {value}
    </option>
  ))
}

/** How many are shown. Readers of the screen are told when a filter has changed it, and not for every request that comes. */
function Count() {
  revision.value
  const { length, total } = requests
  const isFiltered = !isSameFilter(filter.value, EVERYTHING)
  const words = isFiltered ? `${length.toLocaleString()} of ${countOf(total)}` : countOf(total)
  const told = useSignal('')
  useEffect(() => {
    const timer = setTimeout(() => {
      told.value = isSameFilter(filter.peek(), EVERYTHING)
        ? ''
        : `${requests.length} of ${countOf(requests.total)}`
    }, SETTLED_MS)
    return () => clearTimeout(timer)
  }, [filter.value])
  return (
    <p class="filter-count small quiet">
      <span data-count>{words}</span>
      {isFiltered && (
        <button type="button" class="link-button" onClick={() => change(EVERYTHING)}>
          Clear
        </button>
      )}
      <span class="hidden" role="status">
        {told}
      </span>
    </p>
  )
}

function countOf(requests: number): string {
  return `${requests.toLocaleString()} request${requests === 1 ? '' : 's'}`
}

function change(part: Partial<RequestFilter>): void {
  filter.value = { ...filter.peek(), ...part }
}

function isCode(outcome: string): boolean {
  return outcome !== '' && outcome !== FAILED && !(outcome in ANSWERED)
}

/** A choice stays in its list also when nothing seen has it. */
function withChosen(values: Iterable<string>, chosen: string): string[] {
  return [...new Set(chosen === '' || chosen === NO_CERTIFICATE ? values : [...values, chosen])].sort()
}

function seenValues(all: readonly { certificate: string | null; error: string | null }[]) {
  const certificates = new Set<string>()
  const errors = new Set<string>()
  for (const { certificate, error } of all) {
    if (certificate !== null) certificates.add(certificate)
    if (error !== null) errors.add(error)
  }
  return { certificates, errors }
}
