import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import type { Explanation } from '../../../src/admin/schemas.ts'
import { onLive } from '../live.ts'
import { Icon } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { useAnswer } from '../parts/use-answer.ts'
import { View } from '../parts/view.tsx'
import { hashOf, route } from '../route.ts'
import { ExplanationReport, verdictOf } from './explanation-report.tsx'
import './explain.css'
import { RecentHosts } from './recent-hosts.tsx'

const TITLE = 'Which certificate wins?'

/** The question that `certhop explain` answers. What is asked stands in the address, so that it can be passed on. */
export function ExplainView() {
  const { query } = route.value
  const target = query.get('target') ?? ''
  const group = query.get('group') ?? ''
  return (
    <View
      title={TITLE}
      description="For a URL: every entry that matches it, in the order of winning, and why."
    >
      <Question target={target} group={group} />
      {target === '' ? <RecentHosts /> : <Reply target={target} group={group} />}
    </View>
  )
}

interface Asked {
  readonly target: string
  readonly group: string
}

function Question({ target, group }: Asked) {
  const text = useSignal(target)
  const groups = useSignal(group)
  const id = useId()
  // The history leads to other questions.
  useEffect(() => {
    text.value = target
    groups.value = group
  }, [target, group, text, groups])
  return (
    <form
      class="question"
      onSubmit={event => {
        event.preventDefault()
        location.hash = hashOf('explain', { target: text.value.trim(), group: groups.value.trim() })
      }}
    >
      <div class="field question-target">
        <label for={`${id}-target`}>URL or host</label>
        <input
          id={`${id}-target`}
          class="input"
          name="target"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="https://api.payments.example/health"
          value={text}
          onInput={event => {
            text.value = event.currentTarget.value
          }}
        />
      </div>
      <div class="field question-group">
        <label for={`${id}-group`}>
          Group <span class="optional">(optional)</span>
        </label>
        <input
          id={`${id}-group`}
          class="input"
          name="group"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="Proxy user name"
          value={groups}
          onInput={event => {
            groups.value = event.currentTarget.value
          }}
        />
      </div>
      <button type="submit" class="button primary">
        <Icon name="question" />
        Explain
      </button>
    </form>
  )
}

function Reply({ target, group }: Asked) {
  const { answer, refresh } = useAnswer<Explanation>(`/api/explain?${new URLSearchParams({ target, group })}`)
  // A change of the registry may give another answer.
  useEffect(() => onLive('registry', refresh), [refresh])
  const { data, error } = answer.value
  return (
    <div>
      <p class="hidden" role="status">
        {error === null && data !== null && verdictOf(data)}
      </p>
      {error !== null && (
        <Notice kind="bad" title={error.message}>
          {error.hint !== '' && <p class="small">{error.hint}</p>}
        </Notice>
      )}
      {error === null && data !== null && <ExplanationReport explanation={data} />}
    </div>
  )
}
