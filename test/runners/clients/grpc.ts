import assert from 'node:assert/strict'
import { arrived, CONNECT_HTTP2, passed } from '../arrival.ts'
import { type Client, UNNOTICED } from '../client.ts'
import { host } from '../test-bed.ts'
import { packageVersion } from '../version.ts'

/** Status codes of gRPC. */
const UNIMPLEMENTED = 12
const UNAVAILABLE = 14

interface Call {
  readonly label: string
  /** As programs/grpc.js knows it. */
  readonly method: string
  readonly name: string
  readonly messages: readonly string[]
}

const CALLS: readonly Call[] = [
  { label: 'grpc-unary', method: 'unary', name: 'unary', messages: ['hello from CN=grpc'] },
  {
    label: 'grpc-server-stream',
    method: 'serverStream',
    name: 'server streaming',
    messages: Array.from({ length: 100 }, (_, index) => `hello ${index + 1}`),
  },
  {
    label: 'grpc-bidirectional',
    method: 'bidirectional',
    name: 'bidirectional streaming',
    messages: Array.from({ length: 10 }, (_, index) => `message ${index + 1} back`),
  },
]

function grpc({ label, method, name, messages }: Call): Client {
  return {
    name: `grpc-js, ${name}`,
    label,
    version: () => packageVersion('@grpc/grpc-js'),
    cases: [
      {
        promise: 'presents the certificate and gets all messages and the trailers',
        column: 'https://',
        async prove(bed) {
          const server = host(label, 'https', 'grpc')
          const { stdout, stderr } = await bed.node('grpc.js', method, `${server}:443`)
          assert.match(stdout, /^\{/, stderr)
          const outcome = JSON.parse(stdout)
          assert.equal(outcome.code, 0, outcome.details)
          assert.deepEqual(outcome.messages, messages)
          assert.deepEqual(outcome.trailers, { 'x-client': 'CN=grpc' })
          return arrived(bed, server, CONNECT_HTTP2, 'grpc')
        },
      },
      {
        promise: UNNOTICED,
        column: 'without a certificate',
        async prove(bed) {
          const server = host(label, 'https', 'open')
          const { stdout, stderr } = await bed.node('grpc.js', method, `${server}:443`)
          assert.match(stdout, /^\{/, stderr)
          const { code, details } = JSON.parse(stdout)
          assert.deepEqual({ code, details }, { code: UNIMPLEMENTED, details: 'no certificate asked for' })
          return passed(bed, server)
        },
      },
      {
        promise: 'is told by the status that the passphrase of the winning entry is wrong',
        column: 'told why it failed',
        async prove(bed) {
          const { stdout, stderr } = await bed.node('grpc.js', method, `${host(label, 'https', 'wrong')}:443`)
          assert.match(stdout, /^\{/, stderr)
          const { code, details } = JSON.parse(stdout)
          assert.equal(code, UNAVAILABLE)
          assert.match(details, /passphrase/)
          return 'yes'
        },
      },
    ],
  }
}

export const GRPC: readonly Client[] = CALLS.map(grpc)
