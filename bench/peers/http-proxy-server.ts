// http-proxy as its README sets it up, with one agent that keeps connections. Arguments: URL of the server, its name,
// and the files of the client's certificate, its key and the authority.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import httpProxy from 'http-proxy'

const [target = '', servername = '', cert = '', key = '', ca = ''] = process.argv.slice(2)
const agent = new Agent({
  keepAlive: true,
  servername,
  cert: readFileSync(cert),
  key: readFileSync(key),
  ca: readFileSync(ca),
})
const proxy = httpProxy.createProxyServer({ target, agent })
proxy.on('error', (_error, _request, response) => {
  if (!response.headersSent) response.writeHead(502)
  response.end()
})
const server = createServer((request, response) => proxy.web(request, response))
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', proxy: `http://127.0.0.1:${port}`, pid: process.pid })}\n`,
  )
})
