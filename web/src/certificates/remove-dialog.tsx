import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Certificate, Removal } from '../../../src/admin/schemas.ts'
import { type ApiError, remove } from '../api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Notice } from '../parts/notice.tsx'
import { useAnswer } from '../parts/use-answer.ts'

interface Properties {
  readonly certificate: Certificate
  readonly onRemoved: (id: string) => void
  readonly onClose: () => void
}

/** Asks before an entry is removed, and says what will stop working. */
export function RemoveDialog({ certificate: { id }, onRemoved, onClose }: Properties) {
  const path = `/api/certificates/${encodeURIComponent(id)}`
  const { answer } = useAnswer<Removal>(`${path}/removal`)
  const failure = useSignal<ApiError | null>(null)
  const isBusy = useSignal(false)
  const cancel = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => cancel.current?.focus(), [])
  const { data } = answer.value
  const error = failure.value ?? answer.value.error

  async function send() {
    if (isBusy.value) return
    isBusy.value = true
    try {
      await remove(path)
      onClose()
      onRemoved(id)
    } catch (reason) {
      failure.value = reason as ApiError
      isBusy.value = false
    }
  }

  return (
    <Dialog title={`Remove ${id}?`} size="small" onClose={onClose}>
      <div class="dialog-body" aria-busy={data === null}>
        {error !== null && (
          <Notice kind="bad" title={error.message}>
            <p class="small">{error.hint}</p>
          </Notice>
        )}
        {data !== null && <Consequences removal={data} />}
      </div>
      <footer class="dialog-foot">
        <button type="button" ref={cancel} class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button danger" aria-busy={isBusy.value} onClick={send}>
          Remove certificate
        </button>
      </footer>
    </Dialog>
  )
}

function Consequences({ removal: { requests, hosts, copiedFiles } }: { removal: Removal }) {
  return (
    <>
      {hosts.length === 0 ? (
        <p>No request went out with it in the last hour.</p>
      ) : (
        <>
          <p>
            {requests.toLocaleString()} request{requests === 1 ? '' : 's'} went out with it in the last hour.
            From the next on:
          </p>
          <ul class="consequences">
            {hosts.map(({ host, requests: count, next }) => (
              <li key={host}>
                <p>
                  <span class="mono">{host}</span>{' '}
                  <span class="small quiet nowrap">
                    {count.toLocaleString()} request{count === 1 ? '' : 's'}
                  </span>
                </p>
                <p class="small">
                  {next === null ? (
                    <span class="badge bad">No certificate</span>
                  ) : (
                    <>
                      <span class="badge accent">Goes over to</span> <span class="break">{next}</span>
                    </>
                  )}
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
      {copiedFiles.length > 0 && (
        <div>
          <p>These copies are deleted too:</p>
          <ul class="small quiet">
            {copiedFiles.map(file => (
              <li key={file} class="mono">
                {file}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
