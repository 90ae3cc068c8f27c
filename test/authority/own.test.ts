import assert from 'node:assert/strict'
import { webcrypto, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { before, describe, test } from 'node:test'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { InvalidAuthority } from '../../src/authority/invalid-authority.ts'
import { LeafIssuer } from '../../src/authority/leaf-issuer.ts'
import { readSigner } from '../../src/authority/signer.ts'
import { type Certificate, createAuthority, type KeyType } from '../support/certificates.ts'
import { handshake } from '../support/handshake.ts'
import { StateDirectory } from '../support/state-directory.ts'

const DAY = 86_400_000

function signerOf(authority: Certificate, now = Date.now()) {
  const file = { path: 'ca.pem', content: Buffer.from(authority.pem + authority.key()) }
  return readSigner(file, file, now)
}

describe("the user's own authority", () => {
  let root: Certificate
  before(async () => {
    root = await createAuthority({ name: 'Company', organization: 'Company' })
  })

  for (const keyType of ['P-256', 'P-384', 'P-521', 'RSA-2048'] as const satisfies readonly KeyType[]) {
    test(`on ${keyType} signs leaves on P-256 that its runners trust`, async () => {
      await using state = await StateDirectory.create()
      const own = await createAuthority({ name: 'Own', keyType })
      const authority = await state.bring(own.pem, own.key())
      for (const host of ['a.test', '::1']) {
        const { trusted, certificate } = await handshake(await authority.contextFor(host), host, {
          ca: own.pem,
        })
        assert.equal(trusted, true)
        assert.equal(certificate?.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
      }
      assert.deepEqual(state.notices, [])
    })
  }

  test('below another one sends its certificate along, so that the root is enough to trust', async () => {
    await using state = await StateDirectory.create()
    const middle = await root.intermediate({ name: 'Middle' })
    const own = await middle.intermediate({ name: 'Own' })
    // The order in the file does not matter, nor do others that stand in it.
    const other = await createAuthority({ name: 'Other' })
    const authority = await state.bring(root.pem + other.pem + middle.pem + own.pem, own.key())
    const context = await authority.contextFor('a.test')
    assert.equal((await handshake(context, 'a.test', { ca: root.pem })).trusted, true)
    assert.equal((await handshake(context, 'a.test', { ca: other.pem })).trusted, false)
    const ca = readFileSync(authority.files.certificate, 'utf8')
    assert.equal(ca, own.x509.toString() + middle.x509.toString() + root.x509.toString())
    assert.equal((await handshake(context, 'a.test', { ca })).trusted, true)
  })

  test('has trust files of its own, which neither the persistent one nor another one replaces', async () => {
    await using state = await StateDirectory.create()
    const persistent = await state.open()
    const other = await createAuthority({ name: 'Other' })
    const others = await state.bring(other.pem, other.key())
    const own = await state.bring(root.pem, root.key())
    const read = (path: string) => readFileSync(path, 'utf8')
    assert.equal(read(own.files.certificate), root.x509.toString())
    assert(read(own.files.bundle).endsWith(root.x509.toString()))
    assert.equal(read(others.files.certificate), other.x509.toString())
    assert.match(new X509Certificate(read(persistent.files.certificate)).subject, /local authority/)
    assert.deepEqual((await readdir(dirname(own.files.certificate))).sort(), ['bundle.pem', 'ca.pem'])
    await own.close()
    assert.equal(read(own.files.certificate), root.x509.toString())
  })

  test('whose key others can read is used, with a warning', async () => {
    await using state = await StateDirectory.create()
    const cert = await state.write('../ca.crt', root.pem)
    const key = await state.write('../ca.key', root.key())
    await chmod(key, 0o644)
    await state.open({ cert, key })
    assert.equal(state.notices.length, 1)
    assert.equal(
      state.notices[0]?.message,
      `the private key ${key} is open to other users (chmod 600 ${key})`,
    )
  })

  test('is named by its leaves octet by octet, and by its own key identifier', async () => {
    // Other kinds of text than certhop would choose for the same names.
    const name = new x509.Name([
      { C: [{ printableString: 'DE' }] },
      { O: [{ printableString: 'Company' }], OU: [{ utf8String: 'Checks' }] },
      { CN: [{ bmpString: 'Büro' }] },
    ])
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: name.toJSON(),
      keys,
      signingAlgorithm: algorithm,
      notAfter: new Date(Date.now() + DAY),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.SubjectKeyIdentifierExtension('c0ffee'),
      ],
    })
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
    await using state = await StateDirectory.create()
    const authority = await state.bring(
      certificate.toString('pem'),
      `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    )
    const context = await authority.contextFor('a.test')
    const { certificate: seen } = await handshake(context, 'a.test')
    assert(seen)
    const leaf = new x509.X509Certificate(new Uint8Array(seen.raw))
    assert.deepEqual(leaf.issuerName.toArrayBuffer(), certificate.subjectName.toArrayBuffer())
    assert(seen.raw.includes(Buffer.from(certificate.subjectName.toArrayBuffer())))
    assert.equal(leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId, 'c0ffee')
  })

  test('without a key identifier is no hindrance', async () => {
    // As `createAuthority` makes them.
    const issuer = await LeafIssuer.create(signerOf(root))
    const leaf = new x509.X509Certificate((await issuer.issue('a.test', Date.now())).chain)
    assert.equal(leaf.getExtension(x509.AuthorityKeyIdentifierExtension), null)
  })

  test('is not outlived by its leaves', async () => {
    const notAfter = new Date(Math.trunc((Date.now() + 5 * DAY) / 1000) * 1000)
    const issuer = await LeafIssuer.create(signerOf(await createAuthority({ name: 'Short', notAfter })))
    const leaf = await issuer.issue('a.test', Date.now())
    assert.equal(leaf.notAfter, notAfter.getTime())
    assert.equal(new X509Certificate(leaf.chain).validToDate.getTime(), notAfter.getTime())
  })

  test('signs nothing any more once it has expired', async () => {
    const issuer = await LeafIssuer.create(signerOf(root))
    const expired = root.x509.validToDate.getTime()
    await assert.rejects(issuer.issue('a.test', expired), (error: InvalidAuthority) => {
      assert(error instanceof InvalidAuthority)
      assert.match(error.message, /^the local authority expired at /)
      assert.notEqual(error.hint, '')
      return true
    })
  })

  test('of the second half of the century has leaves with the years of that time', async () => {
    const notBefore = new Date('2049-12-31T12:00:00Z')
    const own = await createAuthority({ name: 'Late', notBefore, notAfter: new Date('2060-01-01T00:00:00Z') })
    const now = Date.parse('2049-12-31T23:59:59Z')
    const issuer = await LeafIssuer.create(signerOf(own, now))
    const leaf = new X509Certificate((await issuer.issue('a.test', now)).chain)
    assert.equal(leaf.validFromDate.toISOString(), '2049-12-31T22:59:59.000Z')
    assert.equal(leaf.validToDate.toISOString(), '2050-03-31T22:59:59.000Z')
    assert.equal(leaf.verify(own.x509.publicKey), true)
  })

  describe('is refused as wrong configuration when', () => {
    const DAMAGED = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    const INPUTS: Record<string, [input: () => Promise<[cert: string, key: string]>, message: RegExp]> = {
      'its key is encrypted': [
        async () => [root.pem, root.key('secret')],
        /the key in .*ca\.key is encrypted$/,
      ],
      'its key is encrypted in the old form': [
        async () => [
          root.pem,
          root.privateKey
            .export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' })
            .toString(),
        ],
        /the key in .*ca\.key is encrypted$/,
      ],
      'its key belongs to another': [
        async () => [root.pem, (await createAuthority({ name: 'B' })).key()],
        /the key in .*ca\.key does not belong to the certificate in .*ca\.crt$/,
      ],
      'its certificate is of a server': [
        async () => {
          const server = await root.server({ name: 'a.test' })
          return [server.chain, server.key()]
        },
        /ca\.crt is no authority that may sign$/,
      ],
      'it has expired': [
        async () => {
          const notBefore = new Date(Date.now() - 2 * DAY)
          const own = await createAuthority({ name: 'A', notBefore, notAfter: new Date(Date.now() - DAY) })
          return [own.pem, own.key()]
        },
        /ca\.crt expired at /,
      ],
      'it is not valid yet': [
        async () => {
          const own = await createAuthority({ name: 'A', notBefore: new Date(Date.now() + DAY) })
          return [own.pem, own.key()]
        },
        /ca\.crt is not valid before /,
      ],
      'its key is RSA and short': [
        async () => {
          const own = await createAuthority({ name: 'A', keyType: 'RSA-1024' })
          return [own.pem, own.key()]
        },
        /the key in .*ca\.key is of a kind that cannot sign leaves$/,
      ],
      'its key is Ed25519, which runners do not take': [
        async () => {
          const own = await createAuthority({ name: 'A', keyType: 'Ed25519' })
          return [own.pem, own.key()]
        },
        /the key in .*ca\.key is of a kind that cannot sign leaves$/,
      ],
      'the files are swapped': [
        async () => [root.key(), root.pem],
        /ca\.crt holds no certificate$|ca\.key holds no private key$/,
      ],
      'its certificate is damaged': [
        async () => [DAMAGED, root.key()],
        /a certificate in .*ca\.crt is damaged$/,
      ],
      'its key is damaged': [
        async () => [root.pem, root.key().replace('MI', 'AA')],
        /the private key in .*ca\.key is damaged$/,
      ],
      'a file is empty': [async () => ['', root.key()], /ca\.crt holds no certificate$/],
    }
    for (const [name, [input, message]] of Object.entries(INPUTS)) {
      test(name, async () => {
        await using state = await StateDirectory.create()
        const [cert, key] = await input()
        await assert.rejects(state.bring(cert, key), (error: InvalidAuthority) => {
          assert(error instanceof InvalidAuthority)
          assert.match(error.message, message)
          assert.equal(error.configured, true)
          assert.notEqual(error.hint, '')
          assert(
            !key.split('\n').some(line => line.length > 20 && `${error.message}${error.hint}`.includes(line)),
          )
          return true
        })
      })
    }

    test('a file is missing', async () => {
      await using state = await StateDirectory.create()
      const cert = await state.write('../ca.crt', root.pem)
      const missing = state.file('../none.key')
      await assert.rejects(state.open({ cert, key: missing }), (error: InvalidAuthority) => {
        assert.equal(error.message, `${missing} does not exist`)
        assert.equal(error.configured, true)
        return true
      })
    })
  })
})
