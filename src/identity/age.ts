/** Why an encrypted text cannot be decrypted. */
export type AgeFault = 'damaged' | 'not for this identity'

export interface NewAgeIdentity {
  /** `AGE-SECRET-KEY-1…`. */
  readonly key: string
  /** `age1…`. */
  readonly recipient: string
}

/** Loaded with the first secret that is encrypted: nobody else pays for it. */
const library = () => import('age-encryption')

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'

/** Decrypts an age file, binary or armored, with the first of `keys` that fits. The result is the caller's to wipe. */
export async function decryptAge(content: Buffer, keys: readonly string[]): Promise<Buffer | AgeFault> {
  const { armor, Decrypter } = await library()
  const decrypter = new Decrypter()
  for (const key of keys) decrypter.addIdentity(key)
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
    const text = content.toString('latin1').trimStart()
    const decrypted = await decrypter.decrypt(text.startsWith(ARMOR) ? armor.decode(text) : content)
    return Buffer.from(decrypted.buffer, decrypted.byteOffset, decrypted.byteLength)
  } catch {
    // The cause is left out: it says nothing more, and nothing of a secret may end up in a log.
    return isForOthers ? 'not for this identity' : 'damaged'
  }
}

/** An armored age file for all of `recipients`, each `age1…`. */
export async function encryptAge(content: Uint8Array, recipients: readonly string[]): Promise<string> {
  const { armor, Encrypter } = await library()
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return armor.encode(await encrypter.encrypt(content))
}

export async function newAgeIdentity(): Promise<NewAgeIdentity> {
  const { generateX25519Identity, identityToRecipient } = await library()
  const key = await generateX25519Identity()
  return { key, recipient: await identityToRecipient(key) }
}

/** The recipient that `key` decrypts for; null when it is no age identity. */
export async function recipientOf(key: string): Promise<string | null> {
  const { identityToRecipient } = await library()
  try {
    return await identityToRecipient(key)
  } catch {
    return null
  }
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
