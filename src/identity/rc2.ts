/**
 * Decrypts RC2 in CBC mode (RFC 2268), which OpenSSL 3 has no longer; the library is loaded with the first. `bits` is the
 * effective length of the key. Null when the padding is wrong, as with another key.
 */
export async function decryptRc2(
  key: Buffer,
  bits: number,
  iv: Buffer,
  encrypted: Buffer,
): Promise<Buffer | null> {
  const { default: forge } = await import('node-forge')
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), bits)
  cipher.start(iv.toString('latin1'))
  cipher.update(forge.util.createBuffer(encrypted.toString('latin1')))
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'latin1') : null
}
