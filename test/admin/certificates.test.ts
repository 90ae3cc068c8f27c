import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { Preview, Problem, Removal, Certificate as Shown } from '../../src/admin/schemas.ts'
import { problemOf, startAdmin, type TestAdmin } from '../support/admin.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { runCommand } from '../support/command.ts'
import { opensslBundle } from '../support/pkcs12.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'

const PATH = '/api/certificates'

let root: Certificate
let client: Certificate
let other: Certificate

before(async () => {
  root = await createAuthority({ name: 'Root' })
  client = await root.client({ name: 'client' })
  other = await root.client({ name: 'other' })
})

function pem(host: string | string[], rest: object = {}) {
  return { host, cert: client.chain, key: client.key(), ...rest }
}

async function added(admin: TestAdmin, body: object | FormData): Promise<Shown> {
  const response = await admin.post(PATH, body)
  assert.equal(response.status, 201, await response.clone().text())
  return (await response.json()) as Shown
}

async function preview(admin: TestAdmin, body: object | FormData): Promise<Preview> {
  const response = await admin.post(`${PATH}/preview`, body)
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as Preview
}

function registryText({ proxy }: TestAdmin): Promise<string> {
  return readFile(join(proxy.folder, 'registry.yaml'), 'utf8')
}

async function writeRegistry({ proxy }: TestAdmin, text: string): Promise<void> {
  await writeFile(join(proxy.folder, 'registry.yaml'), text)
  assert.equal(await proxy.app.reload('request'), true)
}

/** The fields that a problem blames. */
function fieldsOf({ errors = [] }: Problem): string[] {
  return errors.map(({ field }) => field)
}

describe('a certificate that is added', () => {
  test('is in force when the answer comes, and in the YAML with the comments kept', async t => {
    const admin = await startAdmin(t)
    await writeRegistry(admin, '# Ours.\nversion: 1\ncertificates: # by host\n')
    const server = await root.server({ name: 'api.test' })
    const port = await startHttpsServer(
      t,
      { certificate: server, clientAuthority: root },
      (request, response) => response.end(clientName(request.socket)),
    )
    const shown = await added(admin, pem('api.test', { ca: root.pem, port }))
    assert.deepEqual([shown.id, shown.state, shown.requests], ['api.test', 'usable', 0])
    const runner = await admin.proxy.send(
      `GET http://api.test:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    // The name resolves to nothing; that it was chosen shows.
    await runner.untilEnd()
    assert.equal(admin.proxy.records.at(-1)?.certificate, 'api.test')
    const text = await registryText(admin)
    assert.match(
      text,
      /^# Ours\.\nversion: 1\ncertificates: # by host\n {2}- id: api\.test\n {4}host: api\.test\n/,
    )
    assert.equal((await admin.certificates()).length, 1)
  })

  test('is what `list --json` has of it, with state, requests and what is stale', async t => {
    const admin = await startAdmin(t)
    const shown = await added(
      admin,
      pem(['a.test', '*.b.test'], { groups: ['payments'], port: 8443, id: 'mine' }),
    )
    const { stdout } = await runCommand(process.execPath, [
      'bin/certhop.js',
      'list',
      '--json',
      '--registry',
      join(admin.proxy.folder, 'registry.yaml'),
    ])
    const { state, requests, stale, ...listed } = shown
    assert.deepEqual(listed, JSON.parse(stdout).certificates[0])
    assert.deepEqual([state, requests, stale], ['usable', 0, null])
    assert.deepEqual([shown.hosts, shown.groups, shown.port], [['a.test', '*.b.test'], ['payments'], 8443])
  })

  test('may come as a form with files, and as a bundle, with their passphrases', async t => {
    const admin = await startAdmin(t)
    const form = new FormData()
    form.append('host', 'a.test')
    form.append('host', '*.b.test')
    form.append('port', '443')
    form.append('cert', new File([client.chain], 'same.pem'))
    form.append('key', new File([client.key('sesame')], 'same.pem'))
    form.append('passphrase', 'sesame')
    form.append('id', '')
    const files = await added(admin, form)
    assert.deepEqual([files.id, files.hosts, files.port], ['a.test', ['a.test', '*.b.test'], 443])
    assert.equal(await readFile(join(admin.proxy.folder, 'certs/a.test/passphrase'), 'utf8'), 'sesame\n')

    const bundle = await opensslBundle(client, 'opensesame')
    const body = { host: 'c.test', pkcs12: bundle.toString('base64'), passphrase: 'opensesame' }
    assert.equal((await added(admin, body)).state, 'usable')
    const upload = new FormData()
    upload.append('host', 'd.test')
    upload.append('pkcs12', new File([new Uint8Array(bundle)], 'any.name'))
    upload.append('passphrase', 'opensesame')
    assert.equal((await added(admin, upload)).state, 'usable')
    assert.deepEqual(await readFile(join(admin.proxy.folder, 'certs/d.test/bundle.p12')), bundle)
  })

  test('has one of several at the same time beside it', async t => {
    const admin = await startAdmin(t)
    const hosts = ['a.test', 'b.test', 'c.test', 'd.test']
    const responses = await Promise.all(hosts.map(host => admin.post(PATH, pem(host))))
    assert.deepEqual(
      responses.map(({ status }) => status),
      [201, 201, 201, 201],
    )
    assert.deepEqual((await admin.certificates()).map(({ id }) => id).sort(), hosts)
  })

  test('says where it is', async t => {
    const admin = await startAdmin(t)
    const response = await admin.post(PATH, pem('a.test'))
    assert.equal(response.headers.get('location'), '/api/certificates/a.test')
  })
})

describe('what cannot be added', () => {
  const CASES: Record<string, [body: () => object, status: number, fields: string[], type: string]> = {
    'a wrong passphrase': [
      () => pem('a.test', { key: client.key('sesame'), passphrase: 'canary' }),
      422,
      ['passphrase'],
      'urn:certhop:error:passphrase_wrong',
    ],
    'an encrypted key without one': [
      () => pem('a.test', { key: client.key('sesame') }),
      422,
      ['passphrase'],
      'about:blank',
    ],
    'a key of another certificate': [
      () => pem('a.test', { key: other.key() }),
      422,
      ['key'],
      'urn:certhop:error:client_key_mismatch',
    ],
    'a certificate in the place of the key': [
      () => pem('a.test', { key: client.pem }),
      422,
      ['key'],
      'urn:certhop:error:client_certificate_invalid',
    ],
    'a key in the place of the certificate': [
      () => pem('a.test', { cert: client.key() }),
      422,
      ['cert'],
      'urn:certhop:error:client_certificate_invalid',
    ],
    'a broken authority': [
      () => pem('a.test', { ca: 'x' }),
      422,
      ['ca'],
      'urn:certhop:error:client_certificate_invalid',
    ],
    'no host': [() => ({ cert: client.chain, key: client.key() }), 422, ['host'], 'about:blank'],
    'a pattern that is none': [() => pem('http://a.test/'), 422, ['host'], 'about:blank'],
    'a port that is none': [() => pem('a.test', { port: 70_000 }), 422, ['port'], 'about:blank'],
    'a port in words': [() => pem('a.test', { port: '443' }), 422, ['port'], 'about:blank'],
    'a group that is none': [() => pem('a.test', { groups: ['Ä'] }), 422, ['groups'], 'about:blank'],
    'an id that is none': [() => pem('a.test', { id: '../x' }), 422, ['id'], 'about:blank'],
    'no files': [() => ({ host: 'a.test' }), 422, ['cert', 'key'], 'about:blank'],
    'no key': [() => ({ host: 'a.test', cert: client.chain }), 422, ['key'], 'about:blank'],
    'a bundle beside a certificate': [
      () => pem('a.test', { pkcs12: 'AAAA' }),
      422,
      ['pkcs12', 'pkcs12'],
      'about:blank',
    ],
    'a bundle that is no base64': [() => ({ host: 'a.test', pkcs12: 'ä' }), 422, ['pkcs12'], 'about:blank'],
    'what nobody knows': [() => pem('a.test', { passwords: 'canary' }), 422, ['passwords'], 'about:blank'],
    'several things': [
      () => ({ host: ['!a', 'b.test'], port: 0, cert: 'x', key: 'y' }),
      422,
      ['host', 'port', 'cert', 'key'],
      'urn:certhop:error:client_certificate_invalid',
    ],
  }

  for (const [name, [body, status, fields, type]] of Object.entries(CASES)) {
    test(`${name} is said of its field, and changes nothing`, async t => {
      const admin = await startAdmin(t)
      const before = await registryText(admin)
      const problem = await problemOf(await admin.post(PATH, body()), status)
      assert.deepEqual(fieldsOf(problem), fields)
      assert.equal(problem.type, type)
      assert.doesNotMatch(JSON.stringify(problem), /canary|PRIVATE/)
      assert.equal(await registryText(admin), before)
      assert(!existsSync(join(admin.proxy.folder, 'certs')))
    })
  }

  test('an expired certificate', async t => {
    const admin = await startAdmin(t)
    const expired = await root.client({ name: 'old', notAfter: new Date(Date.now() - 60_000) })
    const body = { host: 'a.test', cert: expired.chain, key: expired.key() }
    const problem = await problemOf(await admin.post(PATH, body), 422)
    assert.deepEqual(
      [fieldsOf(problem), problem.type],
      [['cert'], 'urn:certhop:error:client_certificate_expired'],
    )
  })

  test('an id that is taken is a conflict', async t => {
    const admin = await startAdmin(t)
    await added(admin, pem('a.test', { id: 'taken' }))
    const problem = await problemOf(await admin.post(PATH, pem('b.test', { id: 'taken' })), 409)
    assert.deepEqual(fieldsOf(problem), ['id'])
    assert.match(problem.hint ?? '', /another id/)
  })

  test('anything, to a registry that is broken already', async t => {
    const admin = await startAdmin(t)
    await writeFile(join(admin.proxy.folder, 'registry.yaml'), 'version: 1\ncertificates: 5\n')
    const problem = await problemOf(await admin.post(PATH, pem('b.test')), 409)
    assert.match(problem.detail, /registry\.yaml:2:15: /)
  })

  test('anything, to a registry that cannot be written', async t => {
    const admin = await startAdmin(t)
    const file = join(admin.proxy.folder, 'registry.yaml')
    await rm(file)
    await symlink('/nowhere/registry.yaml', file)
    const problem = await problemOf(await admin.post(PATH, pem('b.test')), 503)
    assert.match(problem.detail, /cannot be changed/)
  })
})

describe('the preview of a new certificate', () => {
  test('of nothing is nothing', async t => {
    const admin = await startAdmin(t)
    assert.deepEqual(await preview(admin, {}), {
      ...{ hosts: [], id: null, certificate: null, problems: [] },
      ...{ needsPassphrase: false, rivals: [], matches: [] },
    })
  })

  test('tells what it would be called, what the certificate is, and over whom it wins; and writes nothing', async t => {
    const admin = await startAdmin(t, [
      { id: 'wild', host: '*.test', certificate: other },
      { id: 'full', host: 'a.b.test', certificate: other },
    ])
    const before = await registryText(admin)
    const shown = await preview(admin, { host: ['*.b.test', 'c.test'], cert: client.chain })
    assert.deepEqual(shown.hosts, [
      { pattern: '*.b.test', rule: 'wildcard', error: null },
      { pattern: 'c.test', rule: 'full', error: null },
    ])
    assert.equal(shown.id, 'b.test')
    assert.equal(shown.certificate?.subject, 'CN=client')
    assert.deepEqual(shown.problems, [])
    assert.deepEqual(
      shown.rivals.map(({ id, outcome }) => `${outcome} ${id}`),
      ['wins over wild', 'wins over wild', 'loses to full'],
    )
    assert.equal(await registryText(admin), before)
    assert(!existsSync(join(admin.proxy.folder, 'certs')))
  })

  test('tells every problem at once, by its field', async t => {
    const admin = await startAdmin(t, [{ id: 'taken', host: 'x.test', certificate: other }])
    const shown = await preview(admin, {
      id: 'taken',
      host: ['b.test', 'https://a.test'],
      port: 70_000,
      groups: ['?'],
      cert: client.chain,
      key: other.key(),
      ca: 'none',
    })
    assert.deepEqual(shown.problems.map(({ field }) => field).sort(), [
      'ca',
      'groups',
      'host',
      'id',
      'key',
      'port',
    ])
    assert.match(shown.hosts[1]?.error?.hint ?? '', /a\.test/)
    assert.equal(shown.id, null)
    assert.equal(shown.certificate?.subject, 'CN=client')
  })

  test('asks for a passphrase only where one is needed', async t => {
    const admin = await startAdmin(t)
    const key = client.key('sesame')
    const locked = await preview(admin, { key })
    assert.deepEqual([locked.needsPassphrase, locked.problems], [true, []])
    const wrong = await preview(admin, { key, passphrase: 'canary' })
    assert.deepEqual(
      [wrong.needsPassphrase, wrong.problems.map(({ field }) => field)],
      [false, ['passphrase']],
    )
    const right = await preview(admin, { key, cert: client.chain, passphrase: 'sesame' })
    assert.deepEqual([right.needsPassphrase, right.problems], [false, []])
    const pkcs12 = (await opensslBundle(client, 'sesame')).toString('base64')
    assert.deepEqual((await preview(admin, { pkcs12 })).needsPassphrase, true)
    const opened = await preview(admin, { pkcs12, passphrase: 'sesame' })
    assert.deepEqual([opened.needsPassphrase, opened.certificate?.subject], [false, 'CN=client'])
  })

  test('tells which hosts of the last hour change hands', async t => {
    const admin = await startAdmin(t, [
      { id: 'wild', host: '*.test', certificate: other },
      { id: 'full', host: 'a.b.test', certificate: other },
    ])
    for (const host of ['a.b.test', 'c.b.test', 'c.b.test', 'else.example']) {
      const runner = await admin.proxy.send(
        `GET http://${host}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      await runner.untilEnd()
    }
    const changes = async (draft: object) => {
      const { matches } = await preview(admin, draft)
      return matches.map(match => [match.host, match.requests, match.now, match.then])
    }
    assert.deepEqual(await changes({ host: '*.b.test' }), [
      ['c.b.test', 2, 'wild', 'b.test'],
      ['a.b.test', 1, 'full', 'full'],
    ])
    const host = 'else.example'
    assert.deepEqual(await changes({ host }), [[host, 1, null, host]])
    const tomorrow = await root.client({ name: 'tomorrow', notBefore: new Date(Date.now() + 86_400_000) })
    assert.deepEqual(await changes({ host, cert: tomorrow.chain }), [[host, 1, null, null]])
  })
})

describe('a certificate that is removed', () => {
  test('is gone when the answer comes, with its copies, and the comments of the YAML stay', async t => {
    const admin = await startAdmin(t)
    await writeRegistry(admin, '# Ours.\nversion: 1\ncertificates: # by host\n')
    await added(admin, pem('a.test', { id: 'gone', key: client.key('sesame'), passphrase: 'sesame' }))
    const files = await admin.get<Removal>(`${PATH}/gone/removal`)
    assert.deepEqual(files.copiedFiles, [
      'certs/gone/cert.pem',
      'certs/gone/key.pem',
      'certs/gone/passphrase',
    ])
    const response = await admin.fetch(`${PATH}/gone`, { method: 'DELETE' })
    assert.equal(response.status, 204)
    assert.deepEqual(await admin.certificates(), [])
    assert.match(await registryText(admin), /^# Ours\.\nversion: 1\ncertificates:.*# by host\n$/)
    assert(!existsSync(join(admin.proxy.folder, 'certs/gone')))
    await problemOf(await admin.fetch(`${PATH}/gone`, { method: 'DELETE' }), 404)
  })

  test('tells before what would become of its hosts', async t => {
    const admin = await startAdmin(t, [
      { id: 'wild', host: '*.b.test', certificate: other },
      { id: 'newer', host: ['*.b.test', 'c.test'], certificate: client },
    ])
    for (const host of ['a.b.test', 'a.b.test', 'c.test']) {
      const runner = await admin.proxy.send(
        `GET http://${host}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      await runner.untilEnd()
    }
    assert.deepEqual(await admin.get(`${PATH}/newer/removal`), {
      id: 'newer',
      requests: 3,
      hosts: [
        { host: 'a.b.test', requests: 2, next: 'wild' },
        { host: 'c.test', requests: 1, next: null },
      ],
      copiedFiles: [],
    })
    await problemOf(await admin.fetch(`${PATH}/none/removal`), 404)
  })
})

test('a certificate is never edited', async t => {
  const admin = await startAdmin(t)
  for (const method of ['PUT', 'PATCH']) {
    for (const [path, allowed] of [
      [PATH, 'GET, POST, HEAD'],
      [`${PATH}/x`, 'DELETE'],
    ] as const) {
      const response = await admin.fetch(path, { method, body: '{}' })
      assert.equal(response.headers.get('allow'), allowed)
      assert.match((await problemOf(response, 405)).hint ?? '', /add the new one, and remove the old one/)
    }
  }
})

test('an entry whose name is that of a path can be removed', async t => {
  const admin = await startAdmin(t)
  await added(admin, pem('a.test', { id: 'preview' }))
  assert.equal((await admin.fetch(`${PATH}/preview`, { method: 'DELETE' })).status, 204)
})

test('scripts in names are text, in answers that no browser takes for a page', async t => {
  const script = '<script>alert(1)</script>'
  const hostile = await root.client({ name: script, organization: '"><img src=x onerror=alert(1)>' })
  const admin = await startAdmin(t)
  await added(admin, { host: 'a.test', cert: hostile.chain, key: hostile.key() })
  for (const [path, init] of [
    [PATH, {}],
    [`/api/explain?target=${encodeURIComponent(`<b>${script}`)}`, {}],
    [`${PATH}/${encodeURIComponent(script)}/removal`, {}],
    [`/${encodeURIComponent(script)}`, {}],
  ] as const) {
    const response = await admin.fetch(path, init)
    assert.match(response.headers.get('content-type') ?? '', /^application\/(problem\+)?json$/)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  }
  const [shown] = await admin.certificates()
  assert.match(shown?.subject ?? '', /CN=.*script.*alert\(1\)/)
  const { hosts } = await preview(admin, { host: script })
  assert.equal(hosts[0]?.pattern, script)
})
