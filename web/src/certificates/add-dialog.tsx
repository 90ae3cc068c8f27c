import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Certificate } from '../../../src/admin/schemas.ts'
import { type ApiError, type FieldProblem, post } from '../api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { Prose } from '../parts/prose.tsx'
import { bodyOf, type Draft, EMPTY_DRAFT, missingFrom, place, without } from './draft.ts'
import { Field } from './field.tsx'
import { FileSlots } from './file-slots.tsx'
import { PreviewPanel } from './preview-panel.tsx'
import { readFiles } from './read-files.ts'
import type { Part } from './recognise.ts'
import { usePreview } from './use-preview.ts'

interface Properties {
  readonly onAdded: (certificate: Certificate) => void
  readonly onClose: () => void
}

/** The form for a new certificate. Everything is tried as it is filled in, and nothing is written before it is sent. */
export function AddDialog({ onAdded, onClose }: Properties) {
  const draft = useSignal<Draft>(EMPTY_DRAFT)
  const fileProblems = useSignal<readonly string[]>([])
  const refused = useSignal<readonly FieldProblem[]>([])
  const failure = useSignal<ApiError | null>(null)
  const isBusy = useSignal(false)
  const form = useRef<HTMLFormElement>(null)
  const preview = usePreview(bodyOf(draft.value))
  const { files, passphrase } = draft.value
  const isEncrypted =
    preview.value?.needsPassphrase ||
    Object.values(files).some(piece => piece.isEncrypted) ||
    passphrase !== ''

  function change(part: Partial<Draft>) {
    draft.value = { ...draft.value, ...part }
    refused.value = []
    failure.value = null
  }

  async function take(chosen: Iterable<File>, wanted: Part | null) {
    const { pieces, problems } = await readFiles(chosen)
    fileProblems.value = problems
    change({ files: place(draft.value.files, pieces, wanted) })
  }

  async function send(event: Event) {
    event.preventDefault()
    if (isBusy.value) return
    refused.value = missingFrom(draft.value)
    if (refused.value.length === 0) {
      isBusy.value = true
      try {
        const added = await post<Certificate>('/api/certificates', bodyOf(draft.value))
        onClose()
        onAdded(added)
        return
      } catch (error) {
        refused.value = (error as ApiError).errors
        failure.value = refused.value.some(({ field }) => inputOf(field)) ? null : (error as ApiError)
      } finally {
        isBusy.value = false
      }
    }
    const wrong = refused.value.map(({ field }) => inputOf(field))
    wrong.find(Boolean)?.focus()
  }

  function inputOf(field: string): HTMLElement | null {
    return form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(field)}"]`) ?? null
  }

  const problems = distinct([...refused.value, ...(preview.value?.problems ?? [])])
  // What has not been typed yet is not wrong yet.
  const isAwaited = passphrase === '' && refused.value.length === 0
  const problemsOf = (field: string) =>
    field === 'passphrase' && isAwaited ? [] : problems.filter(problem => problem.field === field)

  const text = (name: 'hosts' | 'port' | 'groups' | 'id' | 'passphrase') => ({
    value: draft.value[name],
    onInput: (event: { currentTarget: HTMLInputElement }) => change({ [name]: event.currentTarget.value }),
  })

  return (
    <Dialog title="Add client certificate" size="large" onClose={onClose}>
      <form ref={form} onSubmit={send} noValidate>
        <div class="add-columns">
          <div class="add-fields">
            <div role="alert">
              {failure.value !== null && (
                <Notice kind="bad" title={<Prose text={failure.value.message} />}>
                  <p class="small">{failure.value.hint}</p>
                </Notice>
              )}
            </div>
            <FileSlots
              files={files}
              problems={problems}
              onFiles={take}
              onClear={part => change({ files: without(draft.value.files, part) })}
            />
            <div role="status" class="field-error">
              {fileProblems.value.map(problem => (
                <p key={problem} class="break">
                  {problem}
                </p>
              ))}
            </div>
            {isEncrypted && (
              <PassphraseField input={text('passphrase')} problems={problemsOf('passphrase')} />
            )}
            <Field
              label="Hosts"
              name="host"
              help="Full names win over patterns such as *.payments.example. Separate several with spaces."
              problems={problemsOf('host')}
              input={{ ...text('hosts'), placeholder: 'api.payments.example' }}
            />
            <div class="add-row">
              <Field
                label="Port"
                name="port"
                isOptional
                problems={problemsOf('port')}
                input={{ ...text('port'), inputMode: 'numeric', placeholder: 'Any' }}
              />
              <Field
                label="Groups"
                name="groups"
                isOptional
                problems={problemsOf('groups')}
                input={{ ...text('groups'), placeholder: 'Everybody' }}
              />
              <Field
                label="Id"
                name="id"
                isOptional
                problems={problemsOf('id')}
                input={{ ...text('id'), placeholder: preview.value?.id ?? 'From the host' }}
              />
            </div>
          </div>
          <PreviewPanel preview={preview.value} />
        </div>
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" aria-busy={isBusy.value}>
            Add certificate
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

/** The same may be found by the form, by the preview and by the answer. */
function distinct(problems: readonly FieldProblem[]): FieldProblem[] {
  return [...new Map(problems.map(problem => [`${problem.field}: ${problem.message}`, problem])).values()]
}

type PassphraseProperties = Pick<Parameters<typeof Field>[0], 'input' | 'problems'>

function PassphraseField({ input, problems }: PassphraseProperties) {
  const isShown = useSignal(false)
  return (
    <Field
      label="Passphrase"
      name="passphrase"
      help="The key is encrypted."
      problems={problems}
      input={{ ...input, ...(isShown.value ? {} : { type: 'password' }) }}
    >
      <button
        type="button"
        class="icon-button"
        aria-label="Show the passphrase"
        aria-pressed={isShown.value}
        onClick={() => {
          isShown.value = !isShown.value
        }}
      >
        <Icon name={isShown.value ? 'eye-off' : 'eye'} />
      </button>
    </Field>
  )
}
