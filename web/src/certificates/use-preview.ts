import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { DraftCertificate, Preview } from '../../../src/admin/schemas.ts'
import { type ApiError, post } from '../api.ts'

/** So long the form has to rest before the server is asked. */
const REST_MS = 250

/** What would become of `body` if it were added now; asked for as the form changes. Null until there is something to ask. */
export function usePreview(body: DraftCertificate): Signal<Preview | null> {
  const preview = useSignal<Preview | null>(null)
  const json = JSON.stringify(body)
  useEffect(() => {
    if (json === '{}') {
      preview.value = null
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      post<Preview>('/api/certificates/preview', JSON.parse(json), abort.signal).then(
        answer => {
          preview.value = answer
        },
        // The form itself still works: what is wrong is told when it is sent.
        (_error: ApiError) => undefined,
      )
    }, REST_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [json, preview])
  return preview
}
