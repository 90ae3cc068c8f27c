import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawConnection } from '../support/raw-connection.ts'
import { startHttpServer } from '../support/servers.ts'
import { startNameServer } from './name-server.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import type { Subject } from './subject.ts'

const fault = section('Names that do not resolve', null)

/** A certhop whose names are resolved by a server of the test: it has a file system of its own, in which `resolv.conf` names that. */
async function startWithNameServer(scene: Scene): Promise<Subject> {
  const address = `127.${53 + scene.random.below(100)}.${scene.random.below(256)}.${1 + scene.random.below(254)}`
  await startNameServer(scene, address)
  const folder = await mkdtemp(join(tmpdir(), 'certhop-names-'))
  scene.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${address}\n`)
  await writeFile(join(folder, 'nsswitch.conf'), 'hosts: files dns\n')
  const script =
    'for f in resolv nsswitch; do mount --bind "$0/$f.conf" "/etc/$f.conf" || exit 1; done; exec "$@"'
  return scene.start({
    by: ['unshare', '--mount', 'sh', '-c', script, folder],
    settings: { upstream: { connectTimeout: '3s' } },
  })
}

async function ask(scene: Scene, { port }: Subject, url: string): Promise<RawConnection> {
  const runner = await RawConnection.connect(port)
  scene.after(() => runner.close())
  runner.send(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
  return runner
}

fault(
  'no name server answers for a host, and many requests want it',
  '502 dns_failed after connectTimeout, and requests for other names go on meanwhile',
  async scene => {
    const certhop = await startWithNameServer(scene)
    const port = await startHttpServer(scene, (_request, response) =>
      response.setHeader('content-length', 5).end('alive'),
    )
    const lost = await Promise.all(
      Array.from({ length: 50 }, () => ask(scene, certhop, `http://dead.test:${port}/`)),
    )
    for (const name of ['one', 'two', 'three']) {
      const runner = await ask(scene, certhop, `http://${name}.alive.test:${port}/`)
      const { status, body } = await runner.response()
      assert.deepEqual([status, body], [200, 'alive'])
    }
    for (const runner of lost) {
      const { status, body } = await runner.response()
      assert.deepEqual([status, JSON.parse(body).type], [502, 'urn:certhop:error:dns_failed'])
    }
  },
)
