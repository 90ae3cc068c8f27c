/** An age file, binary or armored, and the text of the identity that is to open it. */
export interface LockedSecret {
  readonly encrypted: Uint8Array
  readonly identity: string
}

/** Why it cannot be opened. `recipients` are those whom it would have to be encrypted to. */
export type AgeFault =
  | { readonly fault: 'no identity' | 'damaged' }
  | { readonly fault: 'another identity'; readonly recipients: readonly string[] }

/** The key, and whom files are encrypted to so that it opens them. */
export interface AgeIdentity {
  /** `AGE-SECRET-KEY-1…`. */
  readonly key: string
  /** `age1…`. */
  readonly recipient: string
}

/** A tenth of a second and 25 MB, for those alone who encrypt. */
const library = () => import('age-encryption')

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'

/** Decrypts with the first key of the identity that fits. The result is the caller's to wipe. */
export async function decryptAge({ encrypted, identity }: LockedSecret): Promise<Uint8Array | AgeFault> {
  const identities = await parseAgeIdentities(identity)
  if (identities === null) return { fault: 'no identity' }
  const { armor, Decrypter } = await library()
  const decrypter = new Decrypter()
  for (const { key } of identities) decrypter.addIdentity(key)
  let isForOthers = false
  // The last one to be asked, when the others have turned it down.
  const last = {
    unwrapFileKey() {
      isForOthers = true
      return null
    },
  }
  decrypter.addIdentity(last)
  try {
    const text = Buffer.from(encrypted).toString('latin1').trimStart()
    return await decrypter.decrypt(text.startsWith(ARMOR) ? armor.decode(text) : encrypted)
  } catch {
    // The cause is left out: it says nothing more, and nothing of a secret may end up in a log.
    if (!isForOthers) return { fault: 'damaged' }
    return { fault: 'another identity', recipients: identities.map(({ recipient }) => recipient) }
  }
}

/** An armored age file for all of `recipients`, each `age1…`. */
export async function encryptAge(content: Uint8Array, recipients: readonly string[]): Promise<string> {
  const { armor, Encrypter } = await library()
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return armor.encode(await encrypter.encrypt(content))
}

export async function newAgeIdentity(): Promise<AgeIdentity> {
  const { generateX25519Identity, identityToRecipient } = await library()
  const key = await generateX25519Identity()
  return { key, recipient: await identityToRecipient(key) }
}

/** The identities of a text as `age-keygen` writes it: one a line, with comments. Null when there is none, or anything else. */
export async function parseAgeIdentities(text: string): Promise<AgeIdentity[] | null> {
  const lines = text.split(/\r?\n/).map(line => line.trim())
  const identities: AgeIdentity[] = []
  for (const key of lines.filter(line => line !== '' && !line.startsWith('#'))) {
    const recipient = await recipientOf(key)
    if (recipient === null) return null
    identities.push({ key, recipient })
  }
  return identities.length === 0 ? null : identities
}

/** Whether files can be encrypted to `text`. */
export async function isRecipient(text: string): Promise<boolean> {
  const { Encrypter } = await library()
  try {
    new Encrypter().addRecipient(text)
    return true
  } catch {
    return false
  }
}

/** Null when `key` is no age identity. */
async function recipientOf(key: string): Promise<string | null> {
  const { identityToRecipient } = await library()
  try {
    return await identityToRecipient(key)
  } catch {
    return null
  }
}
