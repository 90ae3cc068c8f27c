// Usage: websocket.js FOLDER. A WebSocket server behind mTLS: it names the client that came, then echoes.
import { createServer } from 'node:https'
import { WebSocketServer } from 'ws'
import { certificateIn } from './certificate.js'

const server = createServer({
  ...certificateIn(process.argv[2]),
  requestCert: true,
  rejectUnauthorized: true,
})
new WebSocketServer({ server }).on('connection', (socket, request) => {
  socket.send(`CN=${request.socket.getPeerCertificate().subject.CN} asked for ${request.url}`)
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify(server.address())}\n`))
