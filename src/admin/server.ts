import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { formatAuthority } from '../core/host.ts'
import { EditThread } from '../registry/edit-thread.ts'
import { AdminAddressUnusable } from './address-unusable.ts'
import type { AdminRequest } from './admin-request.ts'
import { type Answer, problemAnswer, rawAnswer, send } from './answer.ts'
import { Authentication } from './authentication.ts'
import type { AdminContext } from './context.ts'
import { EventsStream } from './events-stream.ts'
import { HostCheck } from './host-check.ts'
import { HttpProblem } from './http-problem.ts'
import { refuseForeign, requireOwnPage } from './origin-check.ts'
import { problemOf } from './problem-of.ts'
import type { Plane } from './route.ts'
import { ROUTES } from './routes.ts'
import { RoutingTable } from './routing-table.ts'
import { SignInFailures } from './sign-in-failures.ts'
import { StaticFiles } from './static-files.ts'

export interface AdminLimits {
  readonly connections: number
  /** Milliseconds until the head of a request is complete, and until all of it is. */
  readonly headTimeout: number
  readonly requestTimeout: number
}

const LIMITS: AdminLimits = { connections: 100, headTimeout: 10_000, requestTimeout: 30_000 }

const LARGEST_HEAD = 16 * 1024
const IDLE_TIMEOUT = 5000

/** How often connections are looked at whose time is over, in milliseconds. */
const LOOK_EVERY = 500

/**
 * The admin plane's port: page, API, probes.
 *
 *     request ──► host ──► origin ──► route ──► signed in? ──► handler ──► answer
 *                 421      403        404, 405   401, 403       the rest
 */
export class AdminServer {
  readonly #context: AdminContext
  readonly #token: string
  readonly #server: Server
  readonly #table = new RoutingTable(ROUTES)
  readonly #files = new StaticFiles()
  readonly #stream: EventsStream
  readonly #editor: EditThread
  #open: { readonly plane: Plane; readonly hosts: HostCheck } | null = null

  /** `token` is what programs sign in with. */
  constructor(context: AdminContext, token: string, limits: AdminLimits = LIMITS) {
    this.#context = context
    this.#token = token
    this.#stream = new EventsStream(context)
    this.#editor = new EditThread(context.registryFile, context)
    this.#server = createServer(
      {
        maxHeaderSize: LARGEST_HEAD,
        headersTimeout: limits.headTimeout,
        requestTimeout: limits.requestTimeout,
        keepAliveTimeout: IDLE_TIMEOUT,
        connectionsCheckingInterval: LOOK_EVERY,
      },
      (request, response) => void this.#answer(request, response).catch(() => response.destroy()),
    )
    this.#server.maxConnections = limits.connections
    this.#server.on('connect', (_request, socket: Socket) => turnAway(socket, NOT_A_PROXY))
    this.#server.on('clientError', (error, socket: Socket) => turnAway(socket, problemOfBytes(error)))
  }

  /** Resolves to its URL. Rejects with `AdminAddressUnusable`. Port 0 takes a free one; `reusePort` shares it with others. */
  async listen(
    host: string,
    port: number,
    reusePort = false,
  ): Promise<{ url: string; address: string; port: number }> {
    try {
      await once(this.#server.listen({ port, host, reusePort }), 'listening')
    } catch (error) {
      throw new AdminAddressUnusable(formatAuthority(host, port), error as NodeJS.ErrnoException)
    }
    const { address, port: taken } = this.#server.address() as AddressInfo
    const url = `http://${formatAuthority(address, taken)}`
    const authentication = new Authentication(this.#token, taken, new SignInFailures(this.#context.events))
    const plane = { ...this.#context, url, authentication, stream: this.#stream, editor: this.#editor }
    this.#open = { plane, hosts: new HostCheck(host, taken) }
    return { url, address, port: taken }
  }

  /** A link to the page that signs in once, within an hour. */
  newLink(): string {
    const { url, authentication } = this.#listening.plane
    return `${url}/session/${authentication.newCode()}`
  }

  /** Ends streams at once and requests after their answer; cuts what is left after `grace` milliseconds. */
  async close(grace: number): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#stream.close()
    const timer = setTimeout(() => this.#server.closeAllConnections(), grace)
    await closed
    await this.#editor.close()
    clearTimeout(timer)
  }

  get #listening() {
    if (this.#open === null) throw new Error('The admin plane does not listen yet')
    return this.#open
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer
    try {
      answer = await this.#handle(request)
    } catch (error) {
      answer = problemAnswer(problemOf(error, this.#context.events))
    }
    if (!response.destroyed) send(request, response, answer)
  }

  async #handle(incoming: IncomingMessage): Promise<Answer> {
    const { method = '', url = '', headers } = incoming
    const [path = '', ...rest] = url.split('?')
    if (!path.startsWith('/')) throw NOT_A_PROXY
    const { plane, hosts } = this.#listening
    // Before anything is told, such as which paths there are.
    if (PROBES.has(path)) hosts.checkProbe(headers.host)
    else hosts.check(headers.host)
    refuseForeign(incoming)
    const found = this.#table.find(method, path)
    if (found === null) return this.#page(method, path, headers['if-none-match'])
    const { route, parameter } = found
    if (route.access === 'signed in') {
      const credential = plane.authentication.check(incoming)
      const changes = route.method !== 'GET'
      if (changes && credential === 'cookie') requireOwnPage(incoming)
    }
    const request: AdminRequest = { incoming, query: new URLSearchParams(rest.join('?')), parameter }
    return await route.handle(request, plane)
  }

  #page(method: string, path: string, tag: string | undefined): Answer {
    const file = this.#files.find(path, tag)
    if (file === null) throw notFound(path)
    if (method === 'GET' || method === 'HEAD') return file
    throw new HttpProblem(405, 'A file of the page can only be read', { headers: { Allow: 'GET, HEAD' } })
  }
}

const PROBES: ReadonlySet<string> = new Set(
  ROUTES.filter(({ access }) => access === 'probe').map(({ path }) => path),
)

const NOT_A_PROXY = new HttpProblem(400, 'This is the admin plane, and not the proxy', {
  hint: 'the address of the proxy goes into HTTP_PROXY and HTTPS_PROXY',
})

function notFound(path: string): HttpProblem {
  if (path !== '/') return new HttpProblem(404, 'There is nothing at this path')
  return new HttpProblem(404, 'The page was not built', { hint: 'build it with `npm run build`' })
}

/** What Node's parser says of what it could not read. */
function problemOfBytes({ code }: NodeJS.ErrnoException): HttpProblem {
  if (code === 'HPE_HEADER_OVERFLOW') return new HttpProblem(431, 'The head of the request is too large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpProblem(408, 'The request took too long to come')
  return new HttpProblem(400, 'The request is not valid HTTP/1.1')
}

function turnAway(socket: Socket, problem: HttpProblem): void {
  socket.on('error', () => {})
  if (socket.writable) socket.end(rawAnswer(problem), () => socket.destroy())
  else socket.destroy()
}
