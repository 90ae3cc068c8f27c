import './connect.css'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Certificate, Certificates, Status } from '../../../src/admin/schemas.ts'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'
import { useAnswer } from '../parts/use-answer.ts'
import { View } from '../parts/view.tsx'
import { hashOf, replaceRoute, route } from '../route.ts'
import { ArrivalTest } from './arrival-test.tsx'
import { AuthorityCard } from './authority-card.tsx'
import { RUNNER_FAMILIES, type RunnerFamily } from './runner-families.ts'
import { type RunnerSetup, runnerSetup } from './runner-setup.ts'
import { SnippetBlock } from './snippet-block.tsx'

const SOME_URL = 'https://api.example.com/'

/** Lines that point a runner at this very proxy, what it has to trust, and whether its requests arrive. */
export function ConnectView() {
  const status = useAnswer<Status>('/api/status').answer.value
  const certificates = useAnswer<Certificates>('/api/certificates').answer.value.data?.certificates
  return (
    <View
      title="Connect a runner"
      description="Nothing changes in the runner but the proxy it is given, and one authority that it trusts."
    >
      {status.error !== null && <Notice kind="bad" title={status.error.message} />}
      {status.data !== null && certificates !== undefined && (
        <Lines status={status.data} certificates={certificates} />
      )}
    </View>
  )
}

function Lines({ status, certificates }: { status: Status; certificates: readonly Certificate[] }) {
  const groups = useSignal('')
  const url = useSignal(likelyUrl(certificates))
  const family = chosenFamily()
  const setup = runnerSetup(status.environment, groupsIn(groups.value), url.value.trim() || SOME_URL)
  const known = [...new Set(certificates.flatMap(certificate => certificate.groups))].sort()

  return (
    <div class="connect">
      <form class="card connect-form" onSubmit={event => event.preventDefault()}>
        <div class="field">
          <label for="connect-url">A URL that the runner requests</label>
          <input
            id="connect-url"
            class="input mono"
            type="url"
            spellcheck={false}
            autocomplete="off"
            placeholder={SOME_URL}
            value={url}
            onInput={event => {
              url.value = event.currentTarget.value
            }}
          />
        </div>
        <div class="field">
          <label for="connect-groups">
            Groups <span class="optional">optional</span>
          </label>
          <input
            id="connect-groups"
            class="input mono"
            spellcheck={false}
            autocomplete="off"
            list="connect-known-groups"
            aria-describedby="connect-groups-help"
            value={groups}
            onInput={event => {
              groups.value = event.currentTarget.value
            }}
          />
          <datalist id="connect-known-groups">
            {known.map(group => (
              <option key={group} value={group} />
            ))}
          </datalist>
          <p class="field-help" id="connect-groups-help">
            They become the user name in the proxy’s URL; several are joined with +.
          </p>
        </div>
      </form>
      <Families current={family} />
      <div class="connect-columns">
        <FamilyPanel family={family} setup={setup} />
        <div class="connect-side">
          <ArrivalTest key={family.id} family={family} setup={setup} />
          <AuthorityCard authority={status.authority} bundle={setup.bundle} />
        </div>
      </div>
    </div>
  )
}

function chosenFamily(): RunnerFamily {
  const wanted = route.value.query.get('runner')
  const family = RUNNER_FAMILIES.find(({ id }) => id === wanted) ?? RUNNER_FAMILIES[0]
  return family as RunnerFamily
}

/** Tabs (ARIA): arrow keys lead from one to the next. */
function Families({ current }: { current: RunnerFamily }) {
  const list = useRef<HTMLDivElement>(null)
  const byKey = useRef(false)
  useEffect(() => {
    if (byKey.current) list.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus()
    byKey.current = false
  }, [current])

  function choose(index: number) {
    const family = RUNNER_FAMILIES[(index + RUNNER_FAMILIES.length) % RUNNER_FAMILIES.length]
    if (family !== undefined) replaceRoute(hashOf('connect', { runner: family.id }))
  }

  function onKeyDown(event: KeyboardEvent) {
    const index = RUNNER_FAMILIES.indexOf(current)
    const next = {
      ArrowRight: index + 1,
      ArrowDown: index + 1,
      ArrowLeft: index - 1,
      ArrowUp: index - 1,
      Home: 0,
      End: RUNNER_FAMILIES.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    byKey.current = true
    choose(next)
  }

  return (
    <div class="families" role="tablist" aria-label="Runners" ref={list} onKeyDown={onKeyDown}>
      {RUNNER_FAMILIES.map((family, index) => (
        <button
          key={family.id}
          type="button"
          role="tab"
          id={`runner-${family.id}`}
          aria-selected={family === current}
          aria-controls="runner-lines"
          tabIndex={family === current ? 0 : -1}
          onClick={() => choose(index)}
        >
          {family.name}
        </button>
      ))}
    </div>
  )
}

function FamilyPanel({ family, setup }: { family: RunnerFamily; setup: RunnerSetup }) {
  return (
    <div class="card family" role="tabpanel" id="runner-lines" aria-labelledby={`runner-${family.id}`}>
      {family.snippets(setup).map(({ title, text }) => (
        <SnippetBlock key={title} title={title} text={text} />
      ))}
      <ul class="family-notes small">
        {family.notes.map(note => (
          <li key={note}>
            <Prose text={note} />
          </li>
        ))}
        <li>
          <Prose text="For one command, with a proxy of its own that ends with it: `certhop run -- COMMAND`." />
        </li>
      </ul>
    </div>
  )
}

function groupsIn(text: string): string[] {
  return text.split(/[+,\s]+/).filter(Boolean)
}

/** The first host that is written out and has a usable certificate. */
function likelyUrl(certificates: readonly Certificate[]): string {
  for (const { usable, hosts, port } of certificates) {
    const host = hosts.find(pattern => /^[\w.-]+$/.test(pattern))
    if (usable && host !== undefined) return `https://${host}${port === null ? '' : `:${port}`}/`
  }
  return ''
}
