import assert from 'node:assert/strict'
import { ABSOLUTE, type Arrival, arrived, CONNECT_HTTP2, passed } from '../arrival.ts'
import { type Case, type Client, UNNOTICED } from '../client.ts'
import { host } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

const LABEL = 'git'

function clone(scheme: 'http' | 'https', arrival: Arrival): Case {
  return {
    promise: `over ${scheme}:// lists and clones a repository with the certificate`,
    column: `${scheme}://`,
    async prove(bed) {
      const server = host(LABEL, scheme, 'api')
      const url = `${scheme}://${server}/repository.git`
      const listed = await bed.run('git', ['ls-remote', url, 'main'])
      assert.match(listed.stdout, /^[0-9a-f]{40}\trefs\/heads\/main$/m, listed.stderr)
      const cloned = await bed.run('git', ['clone', '--quiet', url, `clone-${scheme}`])
      assert.equal(cloned.status, 0, cloned.stderr)
      const head = await bed.run('git', ['-C', `clone-${scheme}`, 'rev-parse', 'HEAD'])
      assert.equal(head.stdout.trim(), listed.stdout.split('\t')[0])
      return arrived(bed, server, arrival, 'api')
    },
  }
}

export const GIT: Client = {
  name: 'git',
  label: LABEL,
  version: bed => commandVersion(bed, 'git', '--version'),
  cases: [
    clone('http', ABSOLUTE),
    clone('https', CONNECT_HTTP2),
    {
      promise: UNNOTICED,
      column: 'without a certificate',
      async prove(bed) {
        const server = host(LABEL, 'https', 'open')
        const { stdout, stderr } = await bed.run('git', ['ls-remote', `https://${server}/repository.git`])
        assert.match(stdout, /\trefs\/heads\/open$/m, stderr)
        return passed(bed, server)
      },
    },
    {
      promise: 'is told over https:// that it failed',
      column: 'told why it failed',
      async prove(bed) {
        const { stderr } = await bed.run('git', [
          'ls-remote',
          `https://${host(LABEL, 'https', 'wrong')}/repository.git`,
        ])
        assert.match(stderr, /502/)
        return 'status'
      },
    },
  ],
}
