import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { CerthopError } from '../../src/core/errors.ts'
import { Identity } from '../../src/identity/identity.ts'
import { DEFAULT_TLS_POLICY } from '../../src/identity/tls-policy.ts'
import type { Definition } from '../../src/registry/definition.ts'
import { Entry } from '../../src/registry/entry.ts'
import { parseHostPattern } from '../../src/registry/pattern.ts'

export const NOW = Date.UTC(2026, 10, 23)
const DAY = 86_400_000

export interface WantedEntry {
  id?: string
  host: string | string[]
  port?: number | null
  groups?: readonly string[] | null
  addedAt?: number | null
  notBefore?: number
  notAfter?: number
  error?: CerthopError
  /** Default a new one, unless there is an error. */
  identity?: Identity
}

const { privateKey: KEY } = generateKeyPairSync('ed25519')
const NO_MATERIAL = { chain: '', key: KEY, ca: null, systemRoots: false }

/** Entries as loading makes them, but for the files. */
export function makeEntries(wanted: readonly WantedEntry[]): Entry[] {
  return wanted.map((each, index) => {
    const { id = `e${index + 1}`, host, port = null, groups = null, addedAt = null, error = null } = each
    const place = { line: index + 1, column: 1 }
    const definition: Definition = {
      id,
      hosts: [host].flat(),
      port,
      groups,
      addedAt,
      position: index + 1,
      source: { cert: '', key: '', passphrase: null, ca: null, systemRoots: false, tls: DEFAULT_TLS_POLICY },
      at: { entry: place, cert: place, key: place, pkcs12: place, passphrase: place, ca: place },
    }
    const facts = {
      ...{ subject: '', issuer: '', serialNumber: '', fingerprint256: '', keyType: '' },
      ...{
        notBefore: each.notBefore ?? NOW - DAY,
        notAfter: each.notAfter ?? NOW + DAY,
        issuersNotAfter: null,
      },
    }
    const { identity = error === null ? new Identity(id, facts, NO_MATERIAL, DEFAULT_TLS_POLICY) : null } =
      each
    const patterns = definition.hosts.flatMap(text => {
      const parsed = parseHostPattern(text)
      assert(!('message' in parsed))
      return parsed
    })
    return new Entry({
      ...{ definition, patterns, fingerprint: '', identity, error, facts },
      ...{ stale: null, part: null, identityDefinition: definition },
    })
  })
}
