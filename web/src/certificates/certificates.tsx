import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { Certificate } from '../../../src/admin/schemas.ts'
import { Icon } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { showSuccess } from '../parts/toasts.tsx'
import { useMedia } from '../parts/use-media.ts'
import { View } from '../parts/view.tsx'
import { route } from '../route.ts'
import { AddDialog } from './add-dialog.tsx'
import { CertificateCards } from './certificate-cards.tsx'
import { CertificateTable } from './certificate-table.tsx'
import './certificates.css'
import { listed, NEWEST_FIRST, ORDERS, type Order, type OrderName, reordered } from './listing.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { useCertificates } from './use-certificates.ts'

/** So many are shown at once; a registry may hold ten thousand. */
const PAGE = 200

/** The certificates of the registry: which hosts each is for, how it is, and how busy. */
export function CertificatesView() {
  const { certificates, error, refresh } = useCertificates()
  const isAdding = useSignal(false)
  const removing = useSignal<Certificate | null>(null)
  const newId = useSignal<string | null>(null)
  const all = certificates.value

  return (
    <View
      title="Certificates"
      description="Which client certificate certhop shows to which hosts."
      actions={
        <button
          type="button"
          class="button primary"
          onClick={() => {
            isAdding.value = true
          }}
        >
          <Icon name="plus" />
          Add client certificate
        </button>
      }
    >
      {error !== null && (
        <Notice kind="bad" title={error.message}>
          <p class="small">{error.hint}</p>
        </Notice>
      )}
      {all?.length === 0 && <Empty />}
      {all !== null && all.length > 0 && (
        <List
          all={all}
          newId={newId.value}
          onRemove={certificate => {
            removing.value = certificate
          }}
        />
      )}
      {isAdding.value && (
        <AddDialog
          onAdded={({ id }) => {
            showSuccess(`${id} is added and in force.`)
            newId.value = id
            refresh()
          }}
          onClose={() => {
            isAdding.value = false
          }}
        />
      )}
      {removing.value !== null && (
        <RemoveDialog
          certificate={removing.value}
          onRemoved={id => {
            showSuccess(`${id} is removed.`)
            refresh()
          }}
          onClose={() => {
            removing.value = null
          }}
        />
      )}
    </View>
  )
}

interface Properties {
  /** In the order of the registry; at least one. */
  readonly all: readonly Certificate[]
  readonly newId: string | null
  readonly onRemove: (certificate: Certificate) => void
}

function List({ all, newId, onRemove }: Properties) {
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

function Empty() {
  return (
    <div class="card empty">
      <Icon name="certificate" />
      <h2>No certificate yet</h2>
      <p class="quiet">
        Requests pass through without one. Add the client certificate that an API has issued to you, and the
        hosts that it is for: from then on requests to these hosts go out over TLS with it.
      </p>
      <p class="quiet small">
        <code>certhop add</code> does the same, and so does an entry in the registry file.
      </p>
    </div>
  )
}
