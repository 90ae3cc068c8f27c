import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type AgeIdentity, encryptAge, newAgeIdentity } from '../../src/identity/age.ts'
import { Certhop } from '../support/certhop.ts'
import { createAuthority } from '../support/certificates.ts'
import { ROOT, runCommand } from '../support/command.ts'
import { passwordHash } from '../support/proxy-users.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { RegistryFolder } from '../support/registry-folder.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import { secured, sendConnect } from '../support/tunnel.ts'

/** Distinctive, so that none of them can be anywhere by chance. */
const SECRETS = {
  passphraseInEnvironment: 'canary-passphrase-environment',
  passphraseInFile: 'canary-passphrase-file',
  passphraseInAge: 'canary-passphrase-age',
  passphraseInRegistry: 'canary-passphrase-registry',
  wrongPassphrase: 'canary-passphrase-wrong',
  wrongPassphraseToAdd: 'canary-passphrase-add',
  passphraseInBrokenRegistry: 'canary-passphrase-broken',
  egressPassword: 'canary-egress-password',
  egressPasswordInBrokenSettings: 'canary-egress-broken',
  proxyPassword: 'canary-proxy-password',
  wrongProxyPassword: 'canary-proxy-wrong',
  passphraseToPreview: 'canary-passphrase-preview',
  passphraseInBrokenBody: 'canary-passphrase-body',
  wrongAdminToken: 'canary-admin-token',
  query: 'canary-query-value',
  authorization: 'canary-authorization',
  cookie: 'canary-cookie',
  setCookie: 'canary-set-cookie',
  requestBody: 'canary-request-body',
  responseBody: 'canary-response-body',
}

/** One for each passphrase, one behind the egress proxy. */
const HOSTS = ['environment.test', 'file.test', 'aged.test', 'plain.test', 'wrong.test', 'egress.test']

const PROXY_CREDENTIALS = Buffer.from(`payments:${SECRETS.proxyPassword}`).toString('base64')
const WRONG_CREDENTIALS = Buffer.from(`payments:${SECRETS.wrongProxyPassword}`).toString('base64')
const PASSWORD_HASH = passwordHash(SECRETS.proxyPassword)

function connectHead(host: string, credentials: string): string {
  return `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`
}

async function inBase64(secret: string, { recipient }: AgeIdentity): Promise<string> {
  return (await encryptAge(Buffer.from(secret), [recipient])).replace(/-----[^-]+-----|\s/g, '')
}

test('no passphrase, key, password, query value, field or body is in anything that certhop writes, at any level', async t => {
  await using folder = await RegistryFolder.create()
  const authority = await createAuthority({ name: 'Root' })
  const certificate = await authority.server({ name: 'api.test', names: HOSTS })
  const port = await startHttpsServer(t, { certificate, clientAuthority: authority }, (request, response) => {
    response.setHeader('Set-Cookie', SECRETS.setCookie)
    request.resume().on('end', () => response.end(`${clientName(request.socket)} ${SECRETS.responseBody}`))
  })

  const age = await newAgeIdentity()
  const keys: string[] = []
  const passphrases: Record<string, [secret: string, source: string]> = {
    environment: [SECRETS.passphraseInEnvironment, '{env: CANARY}'],
    file: [SECRETS.passphraseInFile, '{file: passphrase}'],
    aged: [SECRETS.passphraseInAge, `{age: "${await inBase64(SECRETS.passphraseInAge, age)}"}`],
    plain: [SECRETS.passphraseInRegistry, SECRETS.passphraseInRegistry],
    wrong: ['another', SECRETS.wrongPassphrase],
  }
  const entries: string[] = []
  for (const [name, [secret, source]] of Object.entries(passphrases)) {
    const client = await authority.client({ name })
    await folder.writePair(name, client, secret)
    keys.push(client.key(), await folder.read(`${name}.key`))
    entries.push(
      `id: ${name}, host: ${name}.test, cert: ${name}.crt, key: ${name}.key, ca: ca.crt, passphrase: ${source}`,
    )
  }
  await folder.write('ca.crt', authority.pem)
  await folder.write('passphrase', `${SECRETS.passphraseInFile}\n`)
  await folder.writeRegistry(...entries)
  const settings = {
    version: 1,
    listen: { port: 0, users: [{ name: 'payments', passwordHash: PASSWORD_HASH }] },
    stateDirectory: './state',
    log: { level: 'trace' },
    resolve: { ...Object.fromEntries(HOSTS.map(host => [host, `127.0.0.1:${port}`])) },
    egressProxy: {
      url: `http://user:${SECRETS.egressPassword}@127.0.0.1:9`,
      noProxy: HOSTS.filter(host => host !== 'egress.test'),
    },
  }
  const config = await folder.write('certhop.yaml', JSON.stringify(settings))
  const env = {
    ...process.env,
    CANARY: SECRETS.passphraseInEnvironment,
    CERTHOP_AGE_IDENTITY: age.key,
  }

  const written: string[] = []
  const certhop = new Certhop(['serve', '--config', config, '--admin', '127.0.0.1:0'], env)
  t.after(() => certhop.command.stop())
  const proxyPort = Number(new URL(await certhop.proxyUrl()).port)
  const ca = await folder.read('state/ca.pem')

  const run = async (...args: string[]) => {
    const { stdout, stderr } = await runCommand(process.execPath, [`${ROOT}bin/certhop.js`, ...args], { env })
    return stdout + stderr
  }
  const head = (method: string, target: string, host: string) =>
    `${method} ${target}?token=${SECRETS.query} HTTP/1.1\r\nHost: ${host}\r\n` +
    `Authorization: Bearer ${SECRETS.authorization}\r\nCookie: ${SECRETS.cookie}\r\n` +
    `Proxy-Authorization: Basic ${PROXY_CREDENTIALS}\r\n`
  const postTo = (target: string, host: string) =>
    `${head('POST', target, host)}Content-Length: ${SECRETS.requestBody.length}\r\n\r\n${SECRETS.requestBody}`

  const adminUrl = await certhop.adminUrl()
  const adminToken = (await folder.read('state/admin-token')).trim()
  const admin = (path: string, init: RequestInit = {}) =>
    fetch(adminUrl + path, {
      ...init,
      headers: { Authorization: `Bearer ${adminToken}`, ...init.headers },
    })
  const events = await admin('/api/events')
  const told = events.text()

  for (const host of HOSTS) {
    const plain = await RawConnection.connect(proxyPort)
    plain.send(postTo(`http://${host}/`, host))
    const runners = [plain]
    // No tunnel is granted where the egress proxy cannot be reached.
    if (host !== 'egress.test') {
      const { socket } = await sendConnect(proxyPort, connectHead(host, PROXY_CREDENTIALS))
      const tunnelled = new RawConnection(await secured(connectTls({ socket, servername: host, ca })))
      tunnelled.send(postTo('/', host))
      runners.push(tunnelled)
    }
    for (const runner of runners) {
      const answer = await runner.response()
      // What the server says belongs to the runner; what certhop says of a failure is searched.
      if (answer.status !== 200) written.push(answer.head, answer.body)
      runner.close()
    }
  }
  const refused = await sendConnect(proxyPort, connectHead('file.test', WRONG_CREDENTIALS))
  assert.match(refused.answer, /^HTTP\/1.1 407 /)
  written.push(refused.answer)
  refused.socket.destroy()
  const malformed = await RawConnection.connect(proxyPort)
  malformed.send(`${head('GET', 'http://file.test/', 'x')}Broken : ${SECRETS.cookie}\r\n\r\n`)
  written.push(await malformed.untilEnd())

  for (const host of HOSTS)
    written.push(await run('doctor', '--config', config, `https://${host}/?token=${SECRETS.query}`))

  const add = [
    'add',
    '--config',
    config,
    '--cert',
    join(folder.path, 'file.crt'),
    '--key',
    join(folder.path, 'file.key'),
  ]
  const wrong = await folder.write('wrong-passphrase', SECRETS.wrongPassphraseToAdd)
  for (const passphrase of [wrong, join(folder.path, 'passphrase')]) {
    written.push(await run(...add, '--host', 'added.test', '--passphrase-file', passphrase, '--json'))
  }

  const locked = {
    host: 'admin.test',
    cert: await folder.read('file.crt'),
    key: await folder.read('file.key'),
  }
  const post = (path: string, body: string | object) =>
    admin(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const form = new FormData()
  for (const [name, value] of Object.entries(locked)) form.append(name, new File([value], `${name}.pem`))
  form.append('passphrase', SECRETS.passphraseToPreview)
  for (const answer of [
    await post('/api/certificates/preview', { ...locked, passphrase: SECRETS.passphraseToPreview }),
    await admin('/api/certificates/preview', { method: 'POST', body: form }),
    await post('/api/certificates', { ...locked, passphrase: SECRETS.passphraseToPreview }),
    await post('/api/certificates', {
      ...locked,
      key: [locked.key],
      passphrase: SECRETS.passphraseInBrokenBody,
    }),
    await post('/api/certificates', { ...locked, passphrase: [SECRETS.passphraseInBrokenBody] }),
    await post('/api/certificates', `{"passphrase":"${SECRETS.passphraseInBrokenBody}"`),
    await post('/api/certificates', { ...locked, passphrase: SECRETS.passphraseInFile }),
    await post('/session', { token: SECRETS.wrongAdminToken }),
    await admin('/api/status', { headers: { Authorization: `Bearer ${SECRETS.wrongAdminToken}` } }),
    await admin(`/session/${SECRETS.wrongAdminToken}`),
    await admin('/api/certificates'),
    await admin('/api/certificates/admin.test/removal'),
    await admin(`/api/explain?target=${encodeURIComponent(`https://wrong.test/?token=${SECRETS.query}`)}`),
    await admin('/api/status'),
    await admin('/api/requests'),
    await admin('/metrics'),
    await admin('/readyz'),
    await admin('/ca.pem'),
    await admin('/nothing'),
    await admin('/api/certificates/admin.test', { method: 'DELETE' }),
  ]) {
    written.push(JSON.stringify([...answer.headers]), `${answer.status} ${await answer.text()}`)
  }

  // A registry and settings that are refused, with secrets where they do not belong.
  await folder.writeRegistry(...entries, `id: broken, passphrase: [${SECRETS.passphraseInBrokenRegistry}]`)
  await certhop.command.errorLine(/registry refused/)
  const broken = await folder.write(
    'broken.yaml',
    `version: 1\negressProxy: {url: "ftp://u:${SECRETS.egressPasswordInBrokenSettings}@proxy/path"}\n`,
  )
  for (const args of [
    ['check', '--config', config],
    ['check', '--config', broken],
    ['list', '--json', '--config', config],
    ['explain', '--json', '--config', config, `https://wrong.test/?token=${SECRETS.query}`],
    ['serve', '--config', broken],
  ]) {
    written.push(await run(...args))
  }
  certhop.command.signal('SIGTERM')
  await certhop.command.exit()
  written.push(await told)
  written.push(certhop.command.stdout, certhop.command.stderr)
  for (const name of await readdir(join(folder.path, 'state'))) {
    if (name === 'admin-token') continue
    written.push(await readFile(join(folder.path, 'state', name), 'utf8'))
  }

  const all = written.join('\n')
  assert.match(certhop.command.stderr, /"status":200/, 'requests were made')
  assert.match(all, /passphrase_wrong/)
  assert.match(all, /A request succeeds/)
  assert.match(all, /the passphrase does not open the key in .*\n+\{\n {2}"id": "added\.test"/)
  assert.match(all, /egress_proxy_failed/)
  assert.match(all, /"id":"admin\.test"/)
  assert.match(all, /event: request\ndata: .*"host":"plain\.test"/)
  assert.match(all, /event: registry\ndata: .*"outcome":"refused"/)
  assert.match(all, /certhop_requests_total\{.*certificate="file"/)
  const lines = keys.flatMap(key =>
    key.split('\n').filter(line => line.length >= 40 && !line.startsWith('-----')),
  )
  const needles = [
    ...Object.values(SECRETS),
    PROXY_CREDENTIALS,
    WRONG_CREDENTIALS,
    PASSWORD_HASH,
    age.key,
    adminToken,
    ...lines,
  ]
  assert.deepEqual(
    needles.filter(needle => all.includes(needle)),
    [],
  )
})
