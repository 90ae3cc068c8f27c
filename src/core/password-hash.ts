import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** What is kept of a password: a key that scrypt (RFC 7914) derives from it, slowly, and how. */
export interface PasswordHash {
  readonly salt: Buffer
  readonly key: Buffer
  /** The binary logarithm of scrypt's N. */
  readonly logCost: number
  readonly blockSize: number
  readonly parallelization: number
}

/** 32 MiB and about a quarter of a second of one core. */
const COST = { logCost: 15, blockSize: 8, parallelization: 3 }

const SALT_BYTES = 16
const KEY_BYTES = 32

/** What a check may take, in bytes: a request must not be able to ask for more. */
const MAX_MEMORY = 2 ** 28

/** The PHC string format, as other tools write it too. */
const FORMAT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/

/** Reads `$scrypt$ln=15,r=8,p=3$SALT$KEY`; null for what is something else, or would take more than 256 MiB. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const [, logCost, blockSize, parallelization, salt = '', key = ''] = FORMAT.exec(text) ?? []
  const hash: PasswordHash = {
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
    logCost: Number(logCost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
  }
  const isSound = hash.logCost > 0 && hash.blockSize > 0 && hash.parallelization > 0
  return isSound && memoryOf(hash) <= MAX_MEMORY ? hash : null
}

/** A new hash of `password`, for `parsePasswordHash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, { ...COST, salt, key: Buffer.alloc(KEY_BYTES) })
  const { logCost, blockSize, parallelization } = COST
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelization}$${unpadded(salt)}$${unpadded(key)}`
}

/** Takes as long for a wrong password as for the right one. */
export async function isPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash), hash.key)
}

/** A hash that no password has and that costs as much to check. */
export function unmatchable(hash: PasswordHash): PasswordHash {
  return { ...hash, salt: randomBytes(hash.salt.length), key: randomBytes(hash.key.length) }
}

function derive(password: string, hash: PasswordHash): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const { salt, key, logCost, blockSize, parallelization } = hash
  const cost = { N: 2 ** logCost, r: blockSize, p: parallelization, maxmem: 2 * MAX_MEMORY }
  scrypt(password, salt, key.length, cost, (error, derived) =>
    error === null ? resolve(derived) : reject(error),
  )
  return promise
}

function memoryOf({ logCost, blockSize, parallelization }: PasswordHash): number {
  return 128 * blockSize * (2 ** logCost + parallelization)
}

function unpadded(octets: Buffer): string {
  return octets.toString('base64').replace(/=+$/, '')
}
