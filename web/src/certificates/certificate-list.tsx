import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { Certificate } from '../../../src/admin/schemas.ts'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/use-media.ts'
import { route } from '../route.ts'
import { CertificateCards } from './certificate-cards.tsx'
import { CertificateTable } from './certificate-table.tsx'
import { listed, NEWEST_FIRST, ORDERS, type Order, type OrderName, reordered } from './listing.ts'

/** So many are shown at once; a registry may hold ten thousand. */
const PAGE = 200

interface Properties {
  /** In the order of the registry; at least one. */
  readonly all: readonly Certificate[]
  readonly newId: string | null
  readonly onRemove: (certificate: Certificate) => void
}

/** The certificates, with what searches and sorts them. */
export function CertificateList({ all, newId, onRemove }: Properties) {
  const search = useSignal(route.peek().query.get('search') ?? '')
  const order = useSignal<Order>(NEWEST_FIRST)
  const limit = useSignal(PAGE)
  const open = useSignal<ReadonlySet<string>>(new Set())
  const isNarrow = useMedia('(max-width: 56rem)')
  const searchId = useId()
  const orderId = useId()

  const found = listed(all, search.value, order.value)
  const shown = found.slice(0, limit.value)
  const list = {
    certificates: shown,
    open: open.value,
    newId,
    onRemove,
    onToggle: (id: string) => {
      const next = new Set(open.value)
      if (!next.delete(id)) next.add(id)
      open.value = next
    },
  }
  return (
    <>
      <div class="list-tools">
        <label class="hidden" for={searchId}>
          Search the certificates
        </label>
        <div class="search">
          <Icon name="search" />
          <input
            id={searchId}
            class="input"
            type="search"
            placeholder="Search host, name, issuer, state"
            value={search}
            onInput={event => {
              search.value = event.currentTarget.value
            }}
          />
        </div>
        {isNarrow && (
          <>
            <label class="hidden" for={orderId}>
              Sort by
            </label>
            <select
              id={orderId}
              class="input order"
              value={order.value.by}
              onChange={event => {
                order.value = reordered(order.value, event.currentTarget.value as OrderName)
              }}
            >
              {Object.entries(ORDERS).map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </select>
          </>
        )}
        <p class="small quiet" role="status">
          {found.length === all.length ? countOf(all.length) : `${found.length} of ${countOf(all.length)}`}
        </p>
      </div>
      {isNarrow ? (
        <CertificateCards {...list} />
      ) : (
        <div class="card">
          {found.length > 0 ? (
            <CertificateTable {...list} order={order} />
          ) : (
            <p class="nothing quiet">No certificate matches this search.</p>
          )}
        </div>
      )}
      {found.length > shown.length && (
        <button
          type="button"
          class="button more-button"
          onClick={() => {
            limit.value += PAGE
          }}
        >
          Show {Math.min(PAGE, found.length - shown.length)} more
        </button>
      )}
    </>
  )
}

function countOf(number: number): string {
  return `${number.toLocaleString()} certificate${number === 1 ? '' : 's'}`
}
