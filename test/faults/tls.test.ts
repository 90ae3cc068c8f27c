import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { listen, startHttpsServer } from '../support/servers.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import { SECURED } from './subject.ts'

const fault = section('TLS with servers')

interface Answer {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly hint: string | undefined
}

async function ask(scene: Scene, url: string): Promise<Answer> {
  const runner = await RawConnection.connect(scene.certhop.port)
  scene.after(() => runner.close())
  runner.send(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const { status, body } = await runner.response()
  const { type, detail, hint } = JSON.parse(body)
  return { status, code: type.slice('urn:certhop:error:'.length), detail, hint }
}

/** Alerts that end a connection (RFC 8446 section 6, RFC 5246 section 7.2, RFC 6066 section 9), and what they become. */
const ALERTS: Readonly<Record<string, readonly [number: number, code: string]>> = {
  unexpected_message: [10, 'tls_protocol'],
  bad_record_mac: [20, 'tls_protocol'],
  decryption_failed: [21, 'tls_protocol'],
  record_overflow: [22, 'tls_protocol'],
  decompression_failure: [30, 'tls_protocol'],
  handshake_failure: [40, 'tls_protocol'],
  no_certificate: [41, 'tls_protocol'],
  bad_certificate: [42, 'client_certificate_rejected'],
  unsupported_certificate: [43, 'client_certificate_rejected'],
  certificate_revoked: [44, 'client_certificate_rejected'],
  certificate_expired: [45, 'client_certificate_rejected'],
  certificate_unknown: [46, 'client_certificate_rejected'],
  illegal_parameter: [47, 'tls_protocol'],
  unknown_ca: [48, 'client_certificate_rejected'],
  access_denied: [49, 'client_certificate_rejected'],
  decode_error: [50, 'tls_protocol'],
  decrypt_error: [51, 'tls_protocol'],
  export_restriction: [60, 'tls_protocol'],
  protocol_version: [70, 'tls_protocol'],
  insufficient_security: [71, 'tls_protocol'],
  internal_error: [80, 'tls_protocol'],
  inappropriate_fallback: [86, 'tls_protocol'],
  user_cancelled: [90, 'tls_protocol'],
  no_renegotiation: [100, 'tls_protocol'],
  missing_extension: [109, 'tls_protocol'],
  unsupported_extension: [110, 'tls_protocol'],
  certificate_unobtainable: [111, 'tls_protocol'],
  unrecognized_name: [112, 'tls_protocol'],
  bad_certificate_status_response: [113, 'tls_protocol'],
  bad_certificate_hash_value: [114, 'tls_protocol'],
  unknown_psk_identity: [115, 'tls_protocol'],
  certificate_required: [116, 'client_certificate_rejected'],
  no_application_protocol: [120, 'tls_protocol'],
}

/** The URL of a server that answers a ClientHello with an alert. */
async function alerting(scene: Scene, number: number): Promise<string> {
  const record = Buffer.of(21, 3, 3, 0, 2, 2, number)
  const server = createServer(socket => socket.once('data', () => socket.end(record)))
  return `http://${SECURED}:${await listen(scene, server)}/`
}

fault(
  'a server ends the handshake with an alert, each of those that there are',
  'the answer names it, and tells those about the client certificate from the others',
  async scene => {
    for (const [name, [number, code]] of Object.entries(ALERTS)) {
      const answer = await ask(scene, await alerting(scene, number))
      assert.deepEqual([answer.status, answer.code], [502, code], name)
      assert.match(answer.detail, new RegExp(`: ${name}$`))
      if (name === 'unrecognized_name') assert.match(answer.hint ?? '', /name/)
    }
    return `${Object.keys(ALERTS).length} alerts`
  },
)

fault('a server ends the handshake with close_notify', '502 connection_reset', async scene => {
  const { status, code } = await ask(scene, await alerting(scene, 0))
  assert.deepEqual([status, code], [502, 'connection_reset'])
})

fault(
  'a server ends the handshake with an alert that TLS does not know',
  '502 connection_reset',
  async scene => {
    for (const number of [121, 255]) {
      const { status, code } = await ask(scene, await alerting(scene, number))
      assert.deepEqual([status, code], [502, 'connection_reset'], `${number}`)
    }
  },
)

const { authority } = MINTED
const name = { name: SECURED }
const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }
const future = { notBefore: new Date('2090-01-01'), notAfter: new Date('2091-01-01') }

/** What a server may show of itself, as PEM, and what that becomes. */
const CHAINS: Readonly<Record<string, readonly [make: () => Promise<Certificate>, code: string]>> = {
  'is of an unknown authority': [
    async () => (await createAuthority({ name: 'Stranger' })).server(name),
    'server_certificate_untrusted',
  ],
  'is signed by itself': [() => createAuthority(name), 'server_certificate_untrusted'],
  'is for clients only': [() => authority.client(name), 'server_certificate_untrusted'],
  'has expired': [() => authority.server({ ...name, ...past }), 'server_certificate_expired'],
  'is not valid yet': [() => authority.server({ ...name, ...future }), 'server_certificate_expired'],
  'is for another name': [() => authority.server({ name: 'elsewhere.test' }), 'server_name_mismatch'],
  'has an intermediate that has expired': [
    async () => (await authority.intermediate({ name: 'Old', ...past })).server(name),
    'server_certificate_expired',
  ],
}

fault(
  `the certificate of a server ${Object.keys(CHAINS).join(', ')}, or comes without its intermediate`,
  'nothing is sent to it, and the answer says what is wrong',
  async scene => {
    let requests = 0
    const judge = async (certificate: Certificate, chain: string, expected: string, what: string) => {
      const options = { cert: chain }
      const port = await startHttpsServer(scene, { certificate, options }, (_request, response) => {
        requests += 1
        response.end()
      })
      const { status, code } = await ask(scene, `http://${SECURED}:${port}/`)
      assert.deepEqual([status, code], [502, expected], what)
    }
    for (const [what, [make, code]] of Object.entries(CHAINS)) {
      const certificate = await make()
      await judge(certificate, certificate.chain, code, what)
    }
    const below = await (await authority.intermediate({ name: 'Intermediate' })).server(name)
    await judge(below, below.pem, 'server_certificate_untrusted', 'without its intermediate')
    assert.equal(requests, 0)
  },
)
