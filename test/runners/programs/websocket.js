// Says hello in text and in binary, and prints what the server told of itself and its echoes as one JSON object.
import { HttpsProxyAgent } from 'https-proxy-agent'
import WebSocket from 'ws'

const socket = new WebSocket(process.argv[2], { agent: new HttpsProxyAgent(process.env.HTTPS_PROXY) })
const messages = []
socket.on('open', () => {
  socket.send('hello')
  socket.send(Buffer.alloc(100_000, 7))
})
socket.on('message', (data, isBinary) => {
  messages.push(isBinary ? `${data.length} bytes of ${data[0]}` : String(data))
  if (messages.length === 3) socket.close(1000, 'done')
})
socket.on('close', code => process.stdout.write(JSON.stringify({ messages, code })))
socket.on('unexpected-response', (_request, response) => {
  response.setEncoding('utf8').on('data', text => process.stdout.write(text))
})
