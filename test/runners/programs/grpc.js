// Usage: grpc.js METHOD HOST. Prints {messages, trailers, code, details} as JSON.
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js'
import { ECHO } from './grpc-service.js'

const [, , method, host] = process.argv
const Client = makeGenericClientConstructor(ECHO)
const client = new Client(host, credentials.createSsl())

const messages = []
function start() {
  if (method === 'unary') {
    return client.unary('hello', (_error, message) => message !== undefined && messages.push(message))
  }
  if (method === 'serverStream') return client.serverStream('hello')
  const call = client.bidirectional()
  call.write('message 1')
  return call
}

const call = start()
call.on('error', () => {})
call.on('data', message => {
  messages.push(message)
  if (method !== 'bidirectional') return
  // Each message is sent when the one before it has come back: neither side may be held up by the other.
  if (messages.length < 10) call.write(`message ${messages.length + 1}`)
  else call.end()
})
call.on('status', ({ code, details, metadata }) => {
  process.stdout.write(JSON.stringify({ messages, trailers: metadata.getMap(), code, details }))
  client.close()
})
