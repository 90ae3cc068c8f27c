import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { Identity } from '../../src/identity/identity.ts'
import { IdentityLoader, type LoadedIdentity } from '../../src/identity/load.ts'
import type { IdentitySource, SourcePart } from '../../src/identity/source.ts'
import { DEFAULT_TLS_POLICY } from '../../src/identity/tls-policy.ts'
import { FileStates } from '../../src/registry/file-states.ts'
import { type Certificate, createAuthority, type KeyType } from '../support/certificates.ts'

const run = promisify(execFile)

/** A user without rights to anything, on Linux and elsewhere. */
const NOBODY = 65_534

describe('an identity', () => {
  let folder: string
  let root: Certificate
  let intermediate: Certificate
  let client: Certificate
  let rsa: Certificate
  let loader: IdentityLoader
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-identity-'))
    root = await createAuthority({ name: 'Root' })
    intermediate = await root.intermediate({ name: 'Intermediate' })
    client = await intermediate.client({ name: 'payments' })
    rsa = await intermediate.client({ name: 'rsa', keyType: 'RSA-2048' })
    loader = new IdentityLoader(new FileStates(join(folder, 'registry.yaml')), {
      env: 'CERTHOP_AGE_IDENTITY',
    })
  })
  after(async () => {
    await loader.close()
    await rm(folder, { recursive: true })
  })

  async function file(name: string, content: string | Buffer): Promise<string> {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }

  async function load(
    cert: string | Buffer,
    key: string | Buffer,
    more: Partial<IdentitySource> = {},
  ): Promise<LoadedIdentity> {
    const source: IdentitySource = {
      cert: await file('cert.pem', cert),
      key: await file('key.pem', key),
      passphrase: null,
      ca: null,
      systemRoots: false,
      tls: DEFAULT_TLS_POLICY,
      ...more,
    }
    return loader.load('payments', source)
  }

  async function accepted(...parameters: Parameters<typeof load>): Promise<Identity> {
    const { identity, error } = await load(...parameters)
    assert.equal(error, null)
    assert(identity)
    assert(identity.secureContext)
    return identity
  }

  async function refused(
    code: ErrorCode,
    part: SourcePart,
    message: RegExp,
    ...parameters: Parameters<typeof load>
  ): Promise<void> {
    const loaded = await load(...parameters)
    assert.equal(loaded.identity, null)
    assert.deepEqual([loaded.error.code, loaded.part], [code, part])
    assert.match(`${loaded.error.message} (${loaded.error.hint})`, message)
  }

  const plain = (value: string) => ({ kind: 'plain', value }) as const

  test('knows when the first of its issuers expires, in whatever order they come, and not of others beside them', async () => {
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
    const [lower, stranger] = await Promise.all([
      intermediate.intermediate({ name: 'Lower', notAfter: soon }),
      createAuthority({ name: 'Stranger', notAfter: new Date(Date.now() + 60_000) }),
    ])
    const leaf = await lower.client({ name: 'leaf' })
    const bundle = [leaf, stranger, intermediate, lower].map(({ pem }) => pem).join('')
    const { facts } = await accepted(bundle, leaf.key())
    assert.equal(facts.issuersNotAfter, soon.getTime())
    assert.equal((await accepted(leaf.pem, leaf.key())).facts.issuersNotAfter, null)
  })

  for (const [keyType, name] of Object.entries({
    'P-256': 'EC P-256',
    'P-384': 'EC P-384',
    'RSA-2048': 'RSA 2048',
    Ed25519: 'Ed25519',
  })) {
    test(`has the facts of its certificate: ${name}`, async () => {
      const certificate = await intermediate.client({ name: 'facts', keyType: keyType as KeyType })
      const { facts } = await accepted(certificate.chain, certificate.key())
      const { x509 } = certificate
      assert.deepEqual(facts, {
        subject: 'CN=facts',
        issuer: 'CN=Intermediate',
        serialNumber: x509.serialNumber,
        fingerprint256: x509.fingerprint256,
        keyType: name,
        notBefore: Date.parse(x509.validFrom),
        notAfter: Date.parse(x509.validTo),
        issuersNotAfter: Date.parse(intermediate.x509.validTo),
      })
    })
  }

  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    for (const cipher of [undefined, 'aes-256-cbc', 'des-ede3-cbc']) {
      test(`takes a key in ${type}, ${cipher ?? 'not encrypted'}`, async () => {
        const certificate = type === 'pkcs1' ? rsa : client
        const locked = cipher === undefined ? {} : { cipher, passphrase: 'opensésame' }
        // The types tell apart what each kind of key can be exported to; here it is chosen to fit.
        const pem = certificate.privateKey.export({ type, format: 'pem', ...locked } as never)
        const passphrase = cipher === undefined ? null : plain('opensésame')
        await accepted(certificate.chain, String(pem), { passphrase })
      })
    }
  }

  test('takes a key after its curve, text around blocks, and both in one file', async () => {
    const { stdout } = await run('openssl', ['ecparam', '-name', 'prime256v1'])
    const sec1 = client.privateKey.export({ type: 'sec1', format: 'pem' })
    await accepted(`Bag Attributes\n  friendlyName: x\n${client.chain}\r\n`, stdout + sec1)
    const both = client.key() + client.chain
    await accepted(both, both)
    await accepted(client.chain.replaceAll('\n', '\r\n'), client.key().replaceAll('\n', '\r\n'))
  })

  test('takes a passphrase from the environment and from a file, without its line break', async () => {
    const name = 'CERTHOP_TEST_PASSPHRASE'
    process.env[name] = 'from env'
    await accepted(client.chain, client.key('from env'), { passphrase: { kind: 'env', name } })
    delete process.env[name]
    const missing = { passphrase: { kind: 'env', name } } as const
    await refused(
      'secret_unavailable',
      'passphrase',
      /TEST_PASSPHRASE is not set/,
      client.chain,
      client.key('x'),
      missing,
    )
    for (const ending of ['', '\n', '\r\n']) {
      const path = await file('passphrase', ` from file ${ending}`)
      await accepted(client.chain, client.key(' from file '), { passphrase: { kind: 'file', path } })
    }
    const absent = { passphrase: { kind: 'file', path: join(folder, 'absent') } } as const
    await refused(
      'secret_unavailable',
      'passphrase',
      /absent does not exist/,
      client.chain,
      client.key('x'),
      absent,
    )
  })

  test('is refused for a wrong or missing passphrase, without repeating it', async () => {
    const legacy = String(
      rsa.privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'right' }),
    )
    for (const [chain, key] of [
      [client.chain, client.key('right')],
      [rsa.chain, legacy],
    ] as const) {
      const wrong = { passphrase: plain('hunter2') }
      await refused(
        'passphrase_wrong',
        'passphrase',
        /^(?!.*hunter2).*does not open the key/s,
        chain,
        key,
        wrong,
      )
      await refused('passphrase_wrong', 'passphrase', /does not open/, chain, key, { passphrase: plain('') })
      await refused('passphrase_wrong', 'key', /has no passphrase .*\{env: NAME\}/, chain, key)
    }
  })

  test('never mistakes a wrong passphrase for a damaged key', async () => {
    const key = client.key('right')
    // About one of two hundred decrypts to something that looks sound at first.
    const codes = new Set<string>()
    for (let i = 0; i < 600; i += 1) {
      codes.add((await load(client.chain, key, { passphrase: plain(`wrong ${i}`) })).error?.code ?? 'none')
    }
    assert.deepEqual([...codes], ['passphrase_wrong'])
  })

  test('says that an obsolete cipher is one', async () => {
    const path = await file('plain.pem', rsa.key())
    const { stdout } = await run('openssl', [
      ...['pkcs8', '-topk8', '-in', path, '-v1', 'PBE-MD5-DES', '-passout', 'pass:x'],
      ...['-provider', 'legacy', '-provider', 'default'],
    ])
    const passphrase = plain('x')
    await refused('client_certificate_invalid', 'key', /obsolete cipher .*pkcs8 -topk8/, rsa.chain, stdout, {
      passphrase,
    })
  })

  test('is refused when certificate and key are not a pair, of the same kind or another', async () => {
    const other = await intermediate.client({ name: 'other' })
    await refused(
      'client_key_mismatch',
      'key',
      /does not belong to any certificate/,
      client.chain,
      other.key(),
    )
    await refused('client_key_mismatch', 'key', /does not belong/, client.chain, rsa.key())
    await refused('client_key_mismatch', 'key', /does not belong/, rsa.chain, client.key())
    const { facts } = await load(client.chain, other.key())
    assert.equal(facts?.subject, 'CN=payments')
  })

  test('presents its chain leaf first, whatever the order of the file', async () => {
    for (const bundle of [
      [client, intermediate, root],
      [intermediate, client, root],
      [root, intermediate, client],
    ]) {
      const { facts } = await accepted(bundle.map(({ pem }) => pem).join(''), client.key())
      assert.equal(facts.subject, 'CN=payments')
    }
  })

  test('keeps the order of its author after the leaf, and refuses a heap without order', async () => {
    const stranger = await createAuthority({ name: 'Stranger' })
    await accepted(client.chain + stranger.pem, client.key())
    await refused(
      'client_certificate_invalid',
      'key',
      /not one chain.*put the key's certificate first/,
      stranger.pem + client.chain,
      client.key(),
    )
  })

  test('is refused with advice when a file holds something else', async () => {
    const invalid = 'client_certificate_invalid'
    await refused(
      invalid,
      'cert',
      /holds no certificate \(it holds a private key instead/,
      client.key(),
      client.key(),
    )
    await refused(
      invalid,
      'key',
      /holds no private key \(it holds a certificate instead/,
      client.chain,
      client.chain,
    )
    await refused(invalid, 'cert', /it is empty/, '', client.key())
    await refused(invalid, 'cert', /not PEM/, 'hello', client.key())
    await refused(invalid, 'cert', /looks like DER/, client.x509.raw, client.key())
    const cut = client.pem.split('\n').toSpliced(2, 1).join('\n')
    await refused(invalid, 'cert', /certificate 1 of .* is damaged/, cut, client.key())
  })

  test('is refused for a damaged key, and no part of the key is told', async () => {
    const body = client.key().split('\n').slice(1, 3).join('')
    const broken = `-----BEGIN PRIVATE KEY-----\n${body.slice(0, 60)}\n-----END PRIVATE KEY-----\n`
    const loaded = await load(client.chain, broken)
    assert.equal(loaded.error?.code, 'client_certificate_invalid')
    assert(!`${loaded.error.message}${loaded.error.hint}${loaded.error.cause}`.includes(body.slice(0, 20)))
    const locked = client.key('x').replace(/^[A-Za-z0-9+/]{64}\n(?=[^-]*-----END)/m, '')
    await refused('client_certificate_invalid', 'key', /damaged/, client.chain, locked, {
      passphrase: plain('x'),
    })
  })

  test('is refused for files that are missing, unreadable, too large or no files, and never waits for one', async () => {
    const missing = 'client_certificate_missing_file'
    const at = (cert: string) => ({ cert })
    await refused(missing, 'cert', /nowhere does not exist/, '', '', at(join(folder, 'nowhere')))
    await refused(missing, 'cert', /is a directory/, '', '', at(folder))
    await run('mkfifo', [join(folder, 'fifo')])
    await refused(missing, 'cert', /is not a regular file/, '', '', at(join(folder, 'fifo')))
    await refused(missing, 'cert', /is not a regular file/, '', '', at('/dev/zero'))
    const large = await file('large', '')
    await truncate(large, 2 ** 40)
    await refused(missing, 'cert', /is larger than 1024 KiB/, '', '', at(large))
    await symlink('loop', join(folder, 'loop'))
    await refused(missing, 'cert', /cannot be read \(ELOOP\)/, '', '', at(join(folder, 'loop')))
    await refused(missing, 'cert', /cannot be read/, '', '', at(`${folder}/a\0b`))
    await refused(missing, 'key', /nowhere does not exist/, client.chain, '', {
      key: join(folder, 'nowhere'),
    })
    await refused(missing, 'ca', /nowhere does not exist/, client.chain, client.key(), {
      ca: join(folder, 'nowhere'),
    })
  })

  test('is refused when permission is denied', async () => {
    const secret = await file('secret', client.chain)
    // `refused` writes its own files beside it, over those of other tests.
    await chmod(folder, 0o777)
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isFile()) await chmod(join(folder, entry.name), 0o666)
    }
    await chmod(secret, 0)
    const isRoot = process.geteuid?.() === 0
    // Root may read everything, so root becomes somebody else meanwhile.
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      await refused('client_certificate_missing_file', 'cert', /permission denied/, '', '', { cert: secret })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  test('is refused for a `ca` without certificates: it would trust nothing, silently', async () => {
    const ca = await file('ca.pem', '')
    await refused(
      'client_certificate_invalid',
      'ca',
      /ca\.pem holds no certificate \(it is empty/,
      client.chain,
      client.key(),
      { ca },
    )
  })

  test('that TLS refuses to present fails with its code and advice when it is used', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 })
    const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const { stdout } = await run('openssl', [
      'req',
      '-x509',
      '-new',
      '-key',
      await file('weak.pem', key),
      '-subj',
      '/CN=weak',
    ])
    assert(createPrivateKey(key))
    const { identity } = await load(stdout, key)
    assert(identity)
    assert.throws(() => identity.secureContext, {
      code: 'client_certificate_invalid',
      message: /TLS refuses the certificate of `payments`: .*small/,
    })
  })
})
