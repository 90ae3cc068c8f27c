import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { createAuthority } from '../support/certificates.ts'
import { runCommand } from '../support/command.ts'
import { type Nginx, type NginxAnswer, startMtlsNginx } from '../support/nginx.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

const KEYS: Readonly<Record<string, string>> = {
  'rsa-2048': '-algorithm RSA -pkeyopt rsa_keygen_bits:2048',
  'rsa-4096': '-algorithm RSA -pkeyopt rsa_keygen_bits:4096',
  'p-256': '-algorithm EC -pkeyopt ec_paramgen_curve:P-256',
  'p-384': '-algorithm EC -pkeyopt ec_paramgen_curve:P-384',
  ed25519: '-algorithm ED25519',
}

interface Format {
  /** What openssl is told, with KEY for the name of the key. Makes KEY.FORMAT from KEY.pem. */
  readonly command: string
  readonly encrypted: boolean
  /** The kinds of keys that it exists for. */
  readonly of: RegExp
}

const RIGHT = '-passout file:right'

const FORMATS: Readonly<Record<string, Format>> = {
  pkcs1: { command: 'rsa -in KEY.pem -traditional', encrypted: false, of: /^rsa/ },
  sec1: { command: 'ec -in KEY.pem', encrypted: false, of: /^p-/ },
  pkcs8: { command: 'pkey -in KEY.pem', encrypted: false, of: /./ },
  'pkcs8-encrypted': { command: `pkcs8 -topk8 -in KEY.pem ${RIGHT}`, encrypted: true, of: /./ },
  'pkcs1-encrypted': {
    command: `rsa -in KEY.pem -traditional -aes256 ${RIGHT}`,
    encrypted: true,
    of: /^rsa/,
  },
  'sec1-encrypted': { command: `ec -in KEY.pem -des3 ${RIGHT}`, encrypted: true, of: /^p-/ },
  pkcs12: { command: `pkcs12 -export -inkey KEY.pem -in KEY.crt ${RIGHT}`, encrypted: true, of: /./ },
  'pkcs12-legacy': {
    command: `pkcs12 -export -legacy -inkey KEY.pem -in KEY.crt ${RIGHT}`,
    encrypted: true,
    of: /./,
  },
}

const PASSPHRASES = {
  right: ', passphrase: {file: right}',
  wrong: ', passphrase: {file: wrong}',
  missing: '',
} as const

type Passphrase = keyof typeof PASSPHRASES

const CASES = Object.keys(KEYS).flatMap(key =>
  Object.entries(FORMATS)
    .filter(([, { of }]) => of.test(key))
    .map(([format, { command, encrypted }]) => ({ key, format, command, encrypted })),
)

const hostOf = (key: string, format: string, passphrase: string) => `${key}-${format}-${passphrase}.test`

describe('a key that openssl wrote', () => {
  let folder: RegistryFolder
  let nginx: Nginx
  let certhop: Certhop
  let proxy: URL

  async function openssl(command: string): Promise<void> {
    const { status, stderr } = await runCommand('openssl', command.split(' '), { folder: folder.path })
    assert.equal(status, 0, `openssl ${command}\n${stderr}`)
  }

  before(async () => {
    folder = await RegistryFolder.create()
    await folder.write('right', 'hünter two\n')
    await folder.write('wrong', 'hünter three\n')
    await openssl('req -x509 -newkey rsa:2048 -noenc -keyout ca.key -out ca.crt -subj /CN=Clients')
    for (const [key, parameters] of Object.entries(KEYS)) {
      await openssl(`genpkey ${parameters} -out ${key}.pem`)
      await openssl(`req -new -key ${key}.pem -subj /CN=${key} -out ${key}.csr`)
      await openssl(`x509 -req -in ${key}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out ${key}.crt`)
    }
    for (const { key, format, command } of CASES) {
      await openssl(`${command.replaceAll('KEY', key)} -out ${key}.${format}`)
    }

    const server = await createAuthority({ name: 'Servers' })
    const hosts: string[] = []
    const entries: string[] = []
    for (const { key, format } of CASES) {
      const files = format.startsWith('pkcs12')
        ? `pkcs12: ${key}.${format}`
        : `cert: ${key}.crt, key: ${key}.${format}`
      for (const [passphrase, setting] of Object.entries(PASSPHRASES)) {
        const host = hostOf(key, format, passphrase)
        hosts.push(host)
        entries.push(`id: ${host}, host: ${host}, ca: servers.crt, ${files}${setting}`)
      }
    }
    await folder.write('servers.crt', server.pem)
    await folder.writeRegistry(...entries)
    nginx = await startMtlsNginx([
      {
        names: hosts,
        certificate: await server.server({ name: 'server', names: hosts }),
        clientCa: await folder.read('ca.crt'),
      },
    ])
    const resolve = Object.fromEntries(hosts.map(host => [host, `127.0.0.1:${nginx.port}`]))
    const settings = {
      version: 1,
      resolve,
      listen: { port: 0 },
      authority: 'ephemeral',
      stateDirectory: 'state',
    }
    certhop = new Certhop(['serve', '--config', await folder.write('certhop.yaml', JSON.stringify(settings))])
    proxy = new URL(await certhop.proxyUrl())
  })

  after(async () => {
    await certhop.command.stop()
    await nginx.stop()
    await folder[Symbol.asyncDispose]()
  })

  async function get(host: string): Promise<{ status: number | undefined; body: string }> {
    const path = `http://${host}/`
    const outgoing = request({ host: proxy.hostname, port: proxy.port, path, headers: { host } }).end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    return { status: response.statusCode, body: await text(response) }
  }

  for (const { key, format, encrypted } of CASES) {
    for (const passphrase of Object.keys(PASSPHRASES) as Passphrase[]) {
      const authenticates = passphrase === 'right' || !encrypted
      const outcome = authenticates ? 'authenticates' : 'fails with passphrase_wrong'
      test(`${outcome}: ${key} as ${format}, passphrase ${passphrase}`, async () => {
        const { status, body } = await get(hostOf(key, format, passphrase))
        const answer: NginxAnswer & { type: string } = JSON.parse(body)
        if (authenticates) assert.deepEqual([status, answer.subject], [200, `CN=${key}`], body)
        else assert.deepEqual([status, answer.type], [502, 'urn:certhop:error:passphrase_wrong'], body)
      })
    }
  }
})
