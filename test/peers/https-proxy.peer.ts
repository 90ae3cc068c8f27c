import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { runCommand } from '../support/command.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import { ENTRIES, startIdentityServer } from '../support/proxy-users.ts'

async function start(t: TestContext, asks: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-https-proxy-'))
  t.after(() => rm(folder, { recursive: true }))
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const authority = await createAuthority({ name: 'Proxy authority' })
  const certificate = await authority.server({ name: 'localhost', names: ['127.0.0.1'] })
  const payments = await authority.client({ name: 'payments' })
  const ca = await write('ca.crt', authority.pem)
  const tls = {
    cert: await write('proxy.crt', certificate.chain),
    key: await write('proxy.key', certificate.key()),
    clientCa: asks ? ca : null,
  }
  const { proxy } = await startIntercepting(t, await startIdentityServer(t), { listen: { tls } }, ENTRIES)
  return {
    proxy,
    trust: ['--proxy-cacert', ca, '--cacert', proxy.app.trustFiles.certificate],
    client: [
      ...['--proxy-cert', await write('payments.crt', payments.chain)],
      ...['--proxy-key', await write('payments.key', payments.key())],
    ],
  }
}

for (const url of [`http://${HOST}/`, `https://${HOST}/`]) {
  test(`curl requests ${url} through an https:// proxy, which its user chooses the certificate at`, async t => {
    const { proxy, trust } = await start(t, false)
    for (const [user, winner] of [
      ['', 'everybody'],
      ['payments@', 'payments'],
    ] as const) {
      const address = `https://${user}127.0.0.1:${proxy.port}`
      const { stdout, stderr } = await runCommand('curl', ['-sS', ...trust, '--proxy', address, url])
      assert.equal(stdout, winner, stderr)
    }
  })

  test(`curl requests ${url} as the user of the certificate that it shows the proxy`, async t => {
    const { proxy, trust, client } = await start(t, true)
    const address = ['--proxy', proxy.app.proxyUrl]
    const shown = await runCommand('curl', ['-sS', ...trust, ...client, ...address, url])
    assert.equal(shown.stdout, 'payments', shown.stderr)
    const report = ['--write-out', '%{stderr}%{http_connect} %{response_code}']
    const { stderr } = await runCommand('curl', ['-s', ...report, ...trust, ...address, url])
    assert.match(stderr, /407/)
  })
}
