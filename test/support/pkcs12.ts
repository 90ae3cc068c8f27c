import type { KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from './certificates.ts'
import { runCommand } from './command.ts'

/** A bundle as `openssl pkcs12 -export` makes it. `others` follow the certificate; `args` choose ciphers and names. */
export async function opensslBundle(
  certificate: Certificate,
  passphrase: string,
  { args = [], others = '' }: { args?: string[]; others?: string } = {},
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-pkcs12-'))
  try {
    await writeFile(join(folder, 'pair.pem'), certificate.key() + certificate.pem)
    await writeFile(join(folder, 'others.pem'), others)
    await writeFile(join(folder, 'passphrase'), `${passphrase}\n`)
    const more = others === '' ? [] : ['-certfile', 'others.pem']
    const { status, stderr } = await runCommand(
      'openssl',
      [
        'pkcs12',
        '-export',
        '-in',
        'pair.pem',
        '-out',
        'out.p12',
        '-passout',
        'file:passphrase',
        ...more,
        ...args,
      ],
      { folder },
    )
    if (status !== 0) throw new Error(stderr)
    return await readFile(join(folder, 'out.p12'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One element of DER; lengths below 65536. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...header]), content])
}

/** The same with indefinite length, as streaming encoders write it. */
function ber(tag: number, ...contents: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...contents, Buffer.alloc(2)])
}

const identifier = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const DATA = identifier('2a864886f70d010701')
const BAG = '2a864886f70d010c0a01'

/** A bag with a key that is not encrypted. */
export function keyBag(key: KeyObject, name?: string): Buffer {
  const bytes = key.export({ type: 'pkcs8', format: 'der' })
  return bag('01', bytes, name)
}

export function certificateBag({ x509 }: Certificate): Buffer {
  const value = der(0x30, identifier('2a864886f70d01091601'), der(0xa0, der(0x04, x509.raw)))
  return bag('03', value)
}

/** A bag with a key that is encrypted with 2048 iterations. */
export function encryptedKeyBag(key: KeyObject, passphrase: string): Buffer {
  return bag('02', key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase }))
}

/** A bag with an encrypted key that no passphrase opens, and that takes so many iterations to find out (RFC 8018). */
export function lockedBag(iterations: number): Buffer {
  const count = Buffer.alloc(4)
  count.writeInt32BE(iterations)
  const derivation = der(0x30, der(0x04, Buffer.alloc(8)), der(0x02, count))
  const pbkdf2 = der(0x30, identifier('2a864886f70d01050c'), derivation)
  const aes256 = der(0x30, identifier('60864801650304012a'), der(0x04, Buffer.alloc(16)))
  const pbes2 = der(0x30, identifier('2a864886f70d01050d'), der(0x30, pbkdf2, aes256))
  return bag('02', der(0x30, pbes2, der(0x04, Buffer.alloc(16))))
}

/** A bag with other bags in it. */
export function nestedBag(...bags: Buffer[]): Buffer {
  return bag('06', der(0x30, ...bags))
}

function bag(type: string, value: Buffer, name?: string): Buffer {
  const attributes: Buffer[] = []
  if (name !== undefined) {
    const text = der(0x1e, Buffer.from(name, 'utf16le').swap16())
    attributes.push(der(0x31, der(0x30, identifier('2a864886f70d010914'), der(0x31, text))))
  }
  return der(0x30, identifier(BAG + type), der(0xa0, value), ...attributes)
}

/** A bundle of bags that nothing protects. */
export function plainBundle(...bags: Buffer[]): Buffer {
  const safe = der(0x30, DATA, der(0xa0, der(0x04, der(0x30, ...bags))))
  return der(0x30, der(0x02, Buffer.from([3])), der(0x30, DATA, der(0xa0, der(0x04, der(0x30, safe)))))
}

/** The same, of indefinite lengths, its strings in pieces. */
export function streamedBundle(...bags: Buffer[]): Buffer {
  const pieces = (bytes: Buffer) => ber(0x24, der(0x04, bytes.subarray(0, 9)), der(0x04, bytes.subarray(9)))
  const safe = ber(0x30, DATA, ber(0xa0, pieces(ber(0x30, ...bags))))
  return ber(0x30, der(0x02, Buffer.from([3])), ber(0x30, DATA, ber(0xa0, pieces(ber(0x30, safe)))))
}
