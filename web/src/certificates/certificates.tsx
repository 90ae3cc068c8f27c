import { useSignal } from '@preact/signals'
import type { Certificate } from '../../../src/admin/schemas.ts'
import { Icon } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { showSuccess } from '../parts/toasts.tsx'
import { View } from '../parts/view.tsx'
import { AddDialog } from './add-dialog.tsx'
import { CertificateList } from './certificate-list.tsx'
import './certificates.css'
import { RemoveDialog } from './remove-dialog.tsx'
import { useCertificates } from './use-certificates.ts'

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
        <CertificateList
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
