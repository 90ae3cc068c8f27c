import type { Certificate } from '../../../src/admin/schemas.ts'

/** What one certificate of the list needs to show itself, as a row or as a card. */
export interface RowProperties {
  readonly certificate: Certificate
  readonly isOpen: boolean
  /** Has just been added: it is pointed out, and takes the focus. */
  readonly isNew: boolean
  readonly onToggle: (id: string) => void
  readonly onRemove: (certificate: Certificate) => void
}

/** Properties of a list of them. */
export interface ListProperties extends Pick<RowProperties, 'onToggle' | 'onRemove'> {
  readonly certificates: readonly Certificate[]
  /** Ids of those whose facts are shown. */
  readonly open: ReadonlySet<string>
  readonly newId: string | null
}
