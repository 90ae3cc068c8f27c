// Usage: grpc.js FOLDER. A gRPC server behind mTLS; messages are plain UTF-8, without Protocol Buffers.
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js'
import { ECHO } from '../programs/grpc-service.js'
import { certificateIn } from './certificate.js'

function nameOf(call) {
  return call.getAuthContext().sslPeerCertificate.subject.CN
}

function trailers(call) {
  const metadata = new Metadata()
  metadata.set('x-client', `CN=${nameOf(call)}`)
  return metadata
}

const implementation = {
  unary(call, reply) {
    reply(null, `${call.request} from CN=${nameOf(call)}`, trailers(call))
  },
  serverStream(call) {
    for (let index = 1; index <= 100; index += 1) call.write(`${call.request} ${index}`)
    call.end(trailers(call))
  },
  bidirectional(call) {
    call.on('data', message => call.write(`${message} back`))
    call.on('end', () => call.end(trailers(call)))
  },
}

const { cert, key, ca } = certificateIn(process.argv[2])
const credentials = ServerCredentials.createSsl(ca, [{ cert_chain: cert, private_key: key }], true)
const server = new Server()
server.addService(ECHO, implementation)
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error
  process.stdout.write(`${JSON.stringify({ port })}\n`)
})
