// http-proxy and http-proxy-3 as their READMEs set them up, with one agent that keeps connections. Arguments: which of the
// two, the server's URL and name, and the files of the client's certificate, its key and the authority.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Agent } from 'node:https'

const [name, target, servername, cert, key, ca] = process.argv.slice(2)
const module = await import(name)
const { createProxyServer } = module.default ?? module
const agent = new Agent({
  keepAlive: true,
  servername,
  cert: readFileSync(cert),
  key: readFileSync(key),
  ca: readFileSync(ca),
})
const proxy = createProxyServer({ target, agent })
proxy.on('error', (_error, _request, response) => {
  if (!response.headersSent) response.writeHead(502)
  response.end()
})
const server = createServer((request, response) => proxy.web(request, response))
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', proxy: `http://127.0.0.1:${port}`, pid: process.pid })}\n`,
  )
})
