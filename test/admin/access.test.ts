import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startAdmin, type TestAdmin } from '../support/admin.ts'
import type { RawResponse } from '../support/raw-connection.ts'

const PATH = '/api/certificates'

function field(answer: RawResponse, name: string): string | null {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer.head)?.[1] ?? null
}

/** Follows a new link and returns the cookie, as a browser sends it. */
async function signIn(admin: TestAdmin): Promise<string> {
  const link = new URL(admin.proxy.app.admin?.newLink() ?? '')
  const answer = await admin.ask(admin.head(`GET ${link.pathname}`))
  assert.equal(answer.status, 303)
  return (field(answer, 'set-cookie') ?? '').split(';')[0] ?? ''
}

describe('the token of the admin plane', () => {
  test('opens the API; without it, or with another one, nothing is told', async t => {
    const admin = await startAdmin(t)
    assert.equal((await admin.fetch(PATH)).status, 200)
    for (const fields of [
      [],
      ['Authorization: Bearer'],
      [`Authorization: Bearer ${admin.token}x`],
      [`Authorization: Bearer ${admin.token.slice(1)}`],
      [`Authorization: Basic ${Buffer.from(`:${admin.token}`).toString('base64')}`],
      [`Cookie: certhop_session_${admin.port}=${admin.token}`],
    ]) {
      const answer = await admin.ask(admin.head(`GET ${PATH}`, ...fields))
      assert.equal(answer.status, 401, fields.join())
      assert.match(field(answer, 'www-authenticate') ?? '', /^Bearer /)
      assert.match(answer.body, /admin-token/)
      assert(!answer.body.includes(admin.token))
    }
  })

  test('is for its owner alone, and stays the same', async t => {
    const admin = await startAdmin(t)
    const { mode } = await stat(join(admin.proxy.folder, 'state', 'admin-token'))
    assert.equal(mode & 0o777, 0o600)
    assert.match(admin.token, /^[\w-]{43}$/)
    const again = await startAdmin(t, [], { stateDirectory: join(admin.proxy.folder, 'state') })
    assert.equal(
      (await fetch(again.url + PATH, { headers: { Authorization: `Bearer ${admin.token}` } })).status,
      200,
    )
  })

  test('a file that holds none keeps certhop from starting, and says what to do', async t => {
    const admin = await startAdmin(t)
    const stateDirectory = join(admin.proxy.folder, 'state')
    await writeFile(join(stateDirectory, 'admin-token'), 'short\n')
    await assert.rejects(startAdmin(t, [], { stateDirectory }), {
      message: /admin-token holds no token of at least 32 characters/,
      hint: /remove it/,
    })
  })

  test('who tries many is told to wait and shows in the log, and the right one is let in all the while', async t => {
    const admin = await startAdmin(t)
    const wrong = () => fetch(admin.url + PATH, { headers: { Authorization: 'Bearer wrong' } })
    const statuses: number[] = []
    for (let i = 0; i < 12; i += 1) statuses.push((await wrong()).status)
    assert.deepEqual(statuses, [...new Array(10).fill(401), 429, 429])
    assert.match((await wrong()).headers.get('retry-after') ?? '', /^\d+$/)
    assert.equal((await admin.fetch(PATH)).status, 200)
    assert.equal(admin.proxy.log().match(/sign-ins to the admin plane failed/g)?.length, 1)
  })
})

describe('the link that is logged', () => {
  test('signs a browser in, with a cookie that scripts and other sites do not get at', async t => {
    const admin = await startAdmin(t)
    const link = new URL(admin.proxy.app.admin?.newLink() ?? '')
    assert.equal(link.origin, admin.url)
    const answer = await admin.ask(admin.head(`GET ${link.pathname}`))
    assert.equal(answer.status, 303)
    assert.equal(field(answer, 'location'), '/')
    const [cookie = '', ...attributes] = (field(answer, 'set-cookie') ?? '').split('; ')
    assert.match(cookie, new RegExp(`^certhop_session_${admin.port}=[\\w-]{43}$`))
    assert.deepEqual(attributes.sort(), ['HttpOnly', 'Path=/', 'SameSite=Strict'])
    assert.equal((await admin.ask(admin.head(`GET ${PATH}`, `Cookie: a=b; ${cookie}; c=d`))).status, 200)
  })

  test('works once; a HEAD of a program that looks at links does not use it up', async t => {
    const admin = await startAdmin(t)
    const { pathname } = new URL(admin.proxy.app.admin?.newLink() ?? '')
    assert.equal((await admin.ask(admin.head(`HEAD ${pathname}`))).status, 204)
    assert.equal((await admin.ask(admin.head(`GET ${pathname}`))).status, 303)
    const again = await admin.ask(admin.head(`GET ${pathname}`))
    assert.equal(again.status, 401)
    assert.equal(field(again, 'set-cookie'), null)
    assert.equal((await admin.ask(admin.head('GET /session/guessed'))).status, 401)
  })

  test('leads a browser that is signed in to the page, also the second time', async t => {
    const admin = await startAdmin(t)
    const { pathname } = new URL(admin.proxy.app.admin?.newLink() ?? '')
    const [cookie = ''] = (field(await admin.ask(admin.head(`GET ${pathname}`)), 'set-cookie') ?? '').split(
      ';',
    )
    const again = await admin.ask(admin.head(`GET ${pathname}`, `Cookie: ${cookie}`))
    assert.deepEqual([again.status, field(again, 'location')], [303, '/'])
  })
})

describe('a session', () => {
  test('begins with the token as well, and ends when it is signed out, for whoever has the cookie', async t => {
    const admin = await startAdmin(t)
    const body = JSON.stringify({ token: admin.token })
    const own = [`Origin: ${admin.url}`, 'Content-Type: application/json', `Content-Length: ${body.length}`]
    const begun = await admin.ask(admin.head('POST /session', ...own) + body)
    assert.equal(begun.status, 204)
    const [cookie = ''] = (field(begun, 'set-cookie') ?? '').split(';')
    const ask = () => admin.ask(admin.head(`GET ${PATH}`, `Cookie: ${cookie}`))
    assert.equal((await ask()).status, 200)
    const ended = await admin.ask(admin.head('DELETE /session', `Origin: ${admin.url}`, `Cookie: ${cookie}`))
    assert.equal(ended.status, 204)
    assert.match(field(ended, 'set-cookie') ?? '', /=; Max-Age=0; /)
    assert.equal((await ask()).status, 401)
  })

  test('does not begin with a wrong token', async t => {
    const admin = await startAdmin(t)
    const response = await fetch(`${admin.url}/session`, {
      method: 'POST',
      body: JSON.stringify({ token: 'wrong' }),
      headers: { 'Content-Type': 'application/json' },
    })
    assert.equal(response.status, 401)
    assert.equal(response.headers.get('set-cookie'), null)
  })

  test('its cookie changes nothing unless the browser says that the page asks', async t => {
    const admin = await startAdmin(t)
    const cookie = `Cookie: ${await signIn(admin)}`
    const remove = (...fields: string[]) => admin.ask(admin.head(`DELETE ${PATH}/none`, cookie, ...fields))
    assert.equal((await remove()).status, 403)
    assert.equal((await remove('Sec-Fetch-Site: none')).status, 403)
    assert.equal((await remove('Sec-Fetch-Site: same-origin')).status, 404)
    assert.equal((await remove(`Origin: ${admin.url}`)).status, 404)
    const token = await admin.ask(admin.head(`DELETE ${PATH}/none`, `Authorization: Bearer ${admin.token}`))
    assert.equal(token.status, 404)
  })
})

describe('requests that another site makes a browser send', () => {
  const FOREIGN: readonly (readonly string[])[] = [
    ['Origin: http://evil.example'],
    ['Origin: null'],
    ['Origin: http://127.0.0.1'],
    ['Origin: http://localhost:1'],
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
  ]

  for (const fields of FOREIGN) {
    test(`are refused: ${fields.join(', ')}`, async t => {
      const admin = await startAdmin(t)
      const cookie = `Cookie: ${await signIn(admin)}`
      const answer = await admin.ask(admin.head(`GET ${PATH}`, cookie, ...fields))
      assert.equal(answer.status, 403)
      assert.equal(field(answer, 'access-control-allow-origin'), null)
      assert.equal((await admin.ask(admin.head(`DELETE ${PATH}/x`, cookie, ...fields))).status, 403)
    })
  }

  test('as forms do, are refused whatever their content type, also with the cookie', async t => {
    const admin = await startAdmin(t)
    const cookie = `Cookie: ${await signIn(admin)}`
    const boundary = 'x'
    const form = `--${boundary}\r\nContent-Disposition: form-data; name="host"\r\n\r\nevil.example\r\n--${boundary}--\r\n`
    for (const [type, body] of [
      ['text/plain', '{"host":"evil.example"}'],
      ['application/x-www-form-urlencoded', 'host=evil.example'],
      [`multipart/form-data; boundary=${boundary}`, form],
      ['application/json', '{"host":"evil.example"}'],
    ] as const) {
      const content = [`Content-Type: ${type}`, `Content-Length: ${body.length}`, cookie]
      const foreign = ['Origin: http://evil.example', 'Sec-Fetch-Site: cross-site']
      assert.equal((await admin.ask(admin.head(`POST ${PATH}`, ...content, ...foreign) + body)).status, 403)
      // A browser too old to say where a request comes from.
      assert.equal((await admin.ask(admin.head(`POST ${PATH}`, ...content) + body)).status, 403)
    }
  })

  test('a preflight is not answered as it would like', async t => {
    const admin = await startAdmin(t)
    const fields = ['Origin: http://evil.example', 'Access-Control-Request-Method: DELETE']
    const answer = await admin.ask(admin.head(`OPTIONS ${PATH}/x`, ...fields))
    assert.equal(answer.status, 403)
    assert.doesNotMatch(answer.head, /access-control/i)
  })

  test('a link to the page, or the one that signs in, may be followed', async t => {
    const admin = await startAdmin(t)
    const link = new URL(admin.proxy.app.admin?.newLink() ?? '')
    const fields = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
    assert.equal((await admin.ask(admin.head(`GET ${link.pathname}`, ...fields))).status, 303)
    assert.notEqual((await admin.ask(admin.head('GET /', ...fields))).status, 403)
    const framed = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe']
    assert.equal((await admin.ask(admin.head('GET /', ...framed))).status, 403)
  })

  test('may be no one’s page, such as one that is typed', async t => {
    const admin = await startAdmin(t)
    const cookie = `Cookie: ${await signIn(admin)}`
    assert.equal((await admin.ask(admin.head(`GET ${PATH}`, cookie, 'Sec-Fetch-Site: none'))).status, 200)
  })
})

describe('the name in Host', () => {
  test('is that of this machine, so a name that was made to resolve to it gets nothing', async t => {
    const admin = await startAdmin(t)
    const authorization = `Authorization: Bearer ${admin.token}`
    const ask = (path: string, host: string) =>
      admin.ask(admin.head(`GET ${path}`, `Host: ${host}`, authorization))
    for (const host of ['127.0.0.1', 'localhost', 'LocalHost', '[::1]']) {
      assert.equal((await ask(PATH, `${host}:${admin.port}`)).status, 200, host)
    }
    for (const host of [
      `evil.example:${admin.port}`,
      'evil.example',
      'localhost',
      '127.0.0.1',
      '127.0.0.1:1',
      `127.0.0.2:${admin.port}`,
      `localhost.evil.example:${admin.port}`,
      `127.0.0.1:${admin.port}@evil.example`,
      `evil.example#@127.0.0.1:${admin.port}`,
      '',
    ]) {
      const answer = await ask(PATH, host)
      assert.equal(answer.status, 421, host)
      assert.match(answer.body, /not known by the name/)
      for (const path of ['/', '/ca.pem', '/session/x', '/livez', '/readyz']) {
        if (path.endsWith('z') && host.startsWith('127.0.0.')) continue
        assert.equal((await ask(path, host)).status, 421, `${host} ${path}`)
      }
    }
  })

  test('may be any loopback address for probes', async t => {
    const admin = await startAdmin(t)
    for (const path of ['/livez', '/readyz']) {
      for (const host of ['127.0.0.1', '127.0.0.2:1', '[::1]', `localhost:${admin.port}`]) {
        assert.equal((await admin.ask(admin.head(`GET ${path}`, `Host: ${host}`))).status, 200, host)
      }
    }
  })

  test('of several, or of none, is no request', async t => {
    const admin = await startAdmin(t)
    const twice = ['Host: evil.example', `Host: 127.0.0.1:${admin.port}`]
    assert.notEqual((await admin.ask(admin.head(`GET ${PATH}`, ...twice))).status, 200)
    assert.notEqual((await admin.ask(admin.head(`GET ${PATH}`, ...twice.toReversed()))).status, 200)
    assert.equal((await admin.ask('GET /livez HTTP/1.1\r\n\r\n')).status, 400)
    assert.equal((await admin.ask('GET /livez HTTP/1.0\r\n\r\n')).status, 421)
  })
})

test('every answer says that nothing but the page itself may use it', async t => {
  const admin = await startAdmin(t)
  const requests = [
    'GET /livez',
    'GET /',
    'GET /nothing',
    `GET ${PATH}`,
    `PUT ${PATH}`,
    'HEAD /readyz',
    'GET /ca.pem',
  ]
  const broken = 'NONSENSE\r\n\r\n'
  for (const request of [...requests.map(line => admin.head(line)), broken]) {
    const answer = await admin.ask(request)
    assert.match(
      field(answer, 'content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self';.* frame-ancestors 'none'$/,
    )
    assert.doesNotMatch(answer.head, /unsafe|access-control|x-powered-by|^server:/im)
    assert.equal(field(answer, 'x-content-type-options'), 'nosniff')
    assert.equal(field(answer, 'referrer-policy'), 'no-referrer')
    assert.equal(field(answer, 'cross-origin-resource-policy'), 'same-origin')
    assert.equal(field(answer, 'cross-origin-opener-policy'), 'same-origin')
  }
  assert.equal(field(await admin.ask(admin.head('GET /livez')), 'cache-control'), 'no-store')
})
