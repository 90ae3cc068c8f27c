import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { ABSOLUTE, type Arrival, arrived, CONNECT_HTTP1, CONNECT_HTTP2 } from '../arrival.ts'
import type { Case, Client } from '../client.ts'
import { fetcher } from '../fetcher.ts'
import { host, type TestBed } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

function curl(label: string, flags: string[], http: Arrival, https: Arrival): Client {
  return fetcher({
    name: ['curl', ...flags].join(' '),
    label,
    version: bed => commandVersion(bed, 'curl', '--version'),
    get: (url, bed) => bed.run('curl', ['--silent', '--show-error', ...flags, url]),
    http,
    https,
  })
}

const UPLOAD_BYTES = 2 * 1024 * 1024

/** nginx answers an upload with its content. */
function upload(scheme: 'http' | 'https', arrival: Arrival): Case {
  return {
    promise: `over ${scheme}:// uploads 2 MB after 100 Continue from the server`,
    column: `${scheme}://`,
    async prove(bed) {
      const content = randomBytes(UPLOAD_BYTES)
      await writeFile(bed.path('upload'), content)
      const server = host('curl-upload', scheme, 'api')
      const { stderr } = await bed.run('curl', [
        ...['--silent', '--show-error', '--verbose', '--http1.1', `${scheme}://${server}/echo`],
        ...['--data-binary', '@upload', '--output', 'download', '--header', 'Content-Type: text/plain'],
      ])
      assert.match(stderr, /^> Expect: 100-continue/m)
      assert.match(stderr, /^< HTTP\/1.1 100 Continue/m)
      assert.match(stderr, new RegExp(`^< X-Seen: CN=api, HTTP/1.1, POST, ${UPLOAD_BYTES} bytes`, 'm'))
      assert(content.equals(await readFile(bed.path('download'))), 'the content came back unchanged')
      return arrived(bed, server, arrival, 'api')
    },
  }
}

export const CURL: readonly Client[] = [
  curl('curl', [], ABSOLUTE, CONNECT_HTTP2),
  curl('curl-http1', ['--http1.1'], ABSOLUTE, CONNECT_HTTP1),
  curl('curl-tunnel', ['--proxytunnel'], CONNECT_HTTP1, CONNECT_HTTP2),
  {
    name: 'curl, 2 MB upload with Expect',
    label: 'curl-upload',
    version: (bed: TestBed) => commandVersion(bed, 'curl', '--version'),
    cases: [upload('http', ABSOLUTE), upload('https', CONNECT_HTTP1)],
  },
]
