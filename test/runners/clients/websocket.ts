import assert from 'node:assert/strict'
import { arrived, passed, WEBSOCKET } from '../arrival.ts'
import { type Case, type Client, UNNOTICED } from '../client.ts'
import { host } from '../test-bed.ts'
import { packageVersion } from '../version.ts'

const LABEL = 'ws'

function echo(scheme: 'ws' | 'wss'): Case {
  return {
    promise: `over ${scheme}:// presents the certificate and gets its messages back`,
    column: scheme === 'ws' ? 'http://' : 'https://',
    async prove(bed) {
      const server = host(LABEL, scheme === 'ws' ? 'http' : 'https', 'websocket')
      const { stdout, stderr } = await bed.node('websocket.js', `${scheme}://${server}/${scheme}?a=1`)
      assert.equal(stderr, '')
      assert.deepEqual(JSON.parse(stdout), {
        messages: [`CN=websocket asked for /${scheme}?a=1`, 'hello', '100000 bytes of 7'],
        code: 1000,
      })
      return arrived(bed, server, WEBSOCKET, 'websocket')
    },
  }
}

export const WS: Client = {
  name: 'ws with https-proxy-agent',
  label: LABEL,
  version: () => packageVersion('ws'),
  cases: [
    echo('ws'),
    echo('wss'),
    {
      promise: UNNOTICED,
      column: 'without a certificate',
      async prove(bed) {
        const server = host(LABEL, 'https', 'open')
        const { stdout } = await bed.node('websocket.js', `wss://${server}/open`)
        // A server that does not know WebSocket: its refusal is shown.
        assert.deepEqual(JSON.parse(stdout), { subject: '', method: 'GET', uri: '/open' })
        return passed(bed, server)
      },
    },
    {
      promise: 'is told over wss:// that the passphrase of the winning entry is wrong',
      column: 'told why it failed',
      async prove(bed) {
        const { stdout } = await bed.node('websocket.js', `wss://${host(LABEL, 'https', 'wrong')}/`)
        assert.match(stdout, /"urn:certhop:error:passphrase_wrong"/)
        return 'yes'
      },
    },
  ],
}
