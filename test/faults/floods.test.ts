import assert from 'node:assert/strict'
import { RawConnection } from '../support/raw-connection.ts'
import { section } from './section.ts'
import { Path } from './ways.ts'

const fault = section('Floods of connections', null)

const FILES = 256
/** A third of them. */
const CONNECTIONS = 85
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

fault(
  'more runners connect, and ask for what takes long, than there can be open files for',
  'each is answered: with its response, or with 503 too_many_connections',
  async scene => {
    const certhop = await scene.start({ by: ['sh', '-c', `ulimit -n ${FILES}; exec "$@"`, 'sh'] })
    const path = await Path.open(scene, 'in clear', certhop)
    const served: Awaited<ReturnType<typeof path.ask>>[] = []
    while (served.length < CONNECTIONS) served.push(await path.ask())
    const refused = await Promise.all(
      Array.from({ length: FILES }, async () => {
        const runner = await RawConnection.connect(certhop.port)
        scene.after(() => runner.close())
        const { status, body } = await runner.response()
        return [status, JSON.parse(body).type]
      }),
    )
    assert.deepEqual(refused, Array(FILES).fill([503, 'urn:certhop:error:too_many_connections']))
    for (const { peer } of served) peer.send(OK)
    for (const { runner } of served) {
      assert.equal((await runner.response()).body, 'ok')
      runner.close()
    }
    // There is room again as soon as it has noticed.
    await certhop.comesToRest()
    return `${CONNECTIONS} at once with ${FILES} files`
  },
)
