import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Certificate, Certificates, ShownRecord } from '../../../src/admin/schemas.ts'
import type { ApiError } from '../api.ts'
import { onLive } from '../live.ts'
import { useAnswer } from '../parts/use-answer.ts'

interface Followed {
  /** In the order of the registry; null until the first answer. */
  readonly certificates: Signal<readonly Certificate[] | null>
  readonly error: ApiError | null
  readonly refresh: () => void
}

const COUNT_EVERY_MS = 1000
const RECOUNT_EVERY_MS = 60_000

/** The certificates of the registry, as they change; requests are counted as they come. */
export function useCertificates(): Followed {
  const { answer, refresh } = useAnswer<Certificates>('/api/certificates')
  const certificates = useSignal<readonly Certificate[] | null>(null)
  const { data, error } = answer.value

  useEffect(() => {
    if (data !== null) certificates.value = data.certificates
  }, [data, certificates])
  useEffect(() => onLive('registry', refresh), [refresh])
  // Requests leave the last hour as well as they enter it.
  useEffect(() => {
    const timer = setInterval(refresh, RECOUNT_EVERY_MS)
    return () => clearInterval(timer)
  }, [refresh])
  useEffect(() => {
    const counts = new Map<string, number>()
    const stop = onLive<ShownRecord>('request', ({ certificate }) => {
      if (certificate !== null) counts.set(certificate, (counts.get(certificate) ?? 0) + 1)
    })
    const timer = setInterval(() => {
      if (counts.size === 0) return
      certificates.value = certificates.peek()?.map(each => addRequests(each, counts.get(each.id))) ?? null
      counts.clear()
    }, COUNT_EVERY_MS)
    return () => {
      stop()
      clearInterval(timer)
    }
  }, [certificates])

  return { certificates, error, refresh }
}

function addRequests(certificate: Certificate, count = 0): Certificate {
  return count === 0 ? certificate : { ...certificate, requests: certificate.requests + count }
}
