import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type PasswordHash, parsePasswordHash } from '../../src/core/password-hash.ts'
import { createAuthority } from '../support/certificates.ts'
import { HOST } from '../support/interception.ts'
import { startProxy } from '../support/proxy.ts'
import { absolute, credentials, ENTRIES, passwordHash, startIdentityServer } from '../support/proxy-users.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { secured } from '../support/tunnel.ts'
import { connectMany, MANY, recorded, workerOf } from '../support/workers.ts'

test('each of two workers knows the users, and sends their requests with the certificate of their group', async t => {
  const resolve = { [`${HOST}:443`]: `127.0.0.1:${await startIdentityServer(t)}` }
  const users = ['payments', 'orders'].map(name => ({
    name,
    passwordHash: parsePasswordHash(passwordHash(`secret of ${name}`)) as PasswordHash,
  }))
  const proxy = await startProxy(t, ENTRIES, { workers: 2, resolve, listen: { users } })
  const runners = await connectMany(proxy)
  const answers = runners.map(async (runner, index) => {
    const user = index % 2 === 0 ? 'payments' : 'orders'
    runner.send(absolute(credentials(user, 'guessed')))
    assert.equal((await runner.response()).status, 407)
    runner.send(absolute(credentials(user, `secret of ${user}`)))
    assert.equal((await runner.response()).body, user)
  })
  await Promise.all(answers)
  assert.equal(new Set((await recorded(proxy, 2 * MANY)).map(workerOf)).size, 2)
})

test('a runner that leaves while its password waits does not keep the others from their turn', async t => {
  const hash = parsePasswordHash(passwordHash('secret', 12)) as PasswordHash
  const resolve = { [`${HOST}:443`]: `127.0.0.1:${await startIdentityServer(t)}` }
  const users = [{ name: 'payments', passwordHash: hash }]
  const proxy = await startProxy(t, ENTRIES, { workers: 2, resolve, listen: { users } })
  for (const [index, guesser] of (await connectMany(proxy)).entries()) {
    guesser.send(absolute(credentials('payments', `guess ${index}`)))
    if (index % 3 !== 0) guesser.close()
  }
  const runner = await proxy.send(absolute(credentials('payments', 'secret')))
  assert.equal((await runner.response()).body, 'payments')
})

test('a renewed certificate of an https:// proxy is shown by each of two workers', async t => {
  const authority = await createAuthority({ name: 'Proxy authority' })
  const folder = await mkdtemp(join(tmpdir(), 'certhop-front-'))
  t.after(() => rm(folder, { recursive: true }))
  const [cert, key] = [join(folder, 'proxy.crt'), join(folder, 'proxy.key')]
  const write = async () => {
    const certificate = await authority.server({ name: 'proxy.test' })
    await writeFile(cert, certificate.chain)
    await writeFile(key, certificate.key(), { mode: 0o600 })
    return certificate.x509.fingerprint256
  }
  const first = await write()
  const resolve = { [`${HOST}:443`]: `127.0.0.1:${await startIdentityServer(t)}` }
  const tls = { cert, key, clientCa: null }
  const proxy = await startProxy(t, ENTRIES, { workers: 2, resolve, listen: { tls } })
  const shown = async () => {
    const transport = connectTcp(proxy.port, '127.0.0.1')
    const trust = { ca: authority.pem, servername: 'proxy.test' }
    const runner = new RawConnection<TLSSocket>(await secured(connectTls({ socket: transport, ...trust })))
    runner.send(absolute(credentials('orders')))
    assert.equal((await runner.response()).body, 'orders')
    const { fingerprint256 } = runner.socket.getPeerCertificate()
    runner.close()
    return fingerprint256
  }
  const shownToMany = async () => new Set(await Promise.all(Array.from({ length: MANY }, () => shown())))
  assert.deepEqual(await shownToMany(), new Set([first]))
  const second = await write()
  await proxy.app.reload('request')
  assert.deepEqual(await shownToMany(), new Set([second]))
  await writeFile(key, 'no key')
  await proxy.app.reload('request')
  assert.deepEqual(await shownToMany(), new Set([second]))
  assert.match(proxy.log(), /the last good certificate of the proxy stays: listen\.tls/)
})
