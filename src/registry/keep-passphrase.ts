import { encryptPassphrase } from '../identity/age.ts'
import { isAgeIdentityGiven, recipientsOf } from '../identity/age-identity.ts'
import type { AgeIdentitySource } from '../identity/source.ts'
import { fileNameOf } from './copied-files.ts'
import { FileStates } from './file-states.ts'
import type { GivenPassphrase } from './material.ts'

/** How an entry gets at its passphrase. */
export interface KeptPassphrase {
  /** What the registry says, given where copies are. */
  readonly reference: (pathOf: (name: string) => string) => Readonly<Record<string, string>>
  /** Copies to make, by name. */
  readonly files: ReadonlyMap<string, string>
}

/**
 * Decides how a passphrase is kept: a variable by its name; anything else encrypted in the registry where there is an age
 * identity, and otherwise in a file of its own. Throws `secret_unavailable` for an age identity that cannot be read.
 */
export async function keepPassphrase(
  passphrase: GivenPassphrase,
  ageIdentity: AgeIdentitySource,
): Promise<KeptPassphrase> {
  if (passphrase.kind === 'env') return inRegistry({ env: passphrase.name })
  const { value } = passphrase
  if (isAgeIdentityGiven(ageIdentity)) {
    const recipients = await recipientsOf(ageIdentity, path => new FileStates('').read(path))
    return inRegistry({ age: await encryptPassphrase(value, recipients) })
  }
  const name = fileNameOf('passphrase', false)
  return { reference: pathOf => ({ file: pathOf(name) }), files: new Map([[name, `${value}\n`]]) }
}

function inRegistry(reference: Readonly<Record<string, string>>): KeptPassphrase {
  return { reference: () => reference, files: new Map() }
}
