import { runCommand } from '../../support/command.ts'
import { ABSOLUTE, CONNECT_HTTP2 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER, type TestBed } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

/** Without what needs a C compiler or the network. */
const BUILD_ENVIRONMENT = { CGO_ENABLED: '0', GO111MODULE: 'off', GOPROXY: 'off' }

const built = new WeakMap<TestBed, Promise<string>>()

/** The path of the program. It is built once, which takes its time: much of the standard library is compiled with it. */
function program(bed: TestBed): Promise<string> {
  const path = built.get(bed) ?? build(bed)
  built.set(bed, path)
  return path
}

async function build(bed: TestBed): Promise<string> {
  const output = bed.path('go-client')
  const args = ['build', '-o', output, `${RUNNERS_FOLDER}programs/get.go`]
  const { status, stderr } = await runCommand('go', args, {
    env: { ...bed.environment, ...BUILD_ENVIRONMENT },
  })
  if (status !== 0) throw new Error(`go build: ${stderr}`)
  return output
}

export const GO = fetcher({
  name: 'Go net/http',
  label: 'go',
  version: bed => commandVersion(bed, 'go', 'version'),
  get: async (url, bed) => bed.run(await program(bed), [url]),
  http: ABSOLUTE,
  https: CONNECT_HTTP2,
})
