import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { openTlsTunnel, openTunnel, secured } from '../support/tunnel.ts'
import { type Exchange, HOST } from './exchange.ts'

export interface TestBed {
  readonly serverPort: number
  readonly proxyPort: number
  /** PEM of the authority that has signed certhop's leaves. */
  readonly authority: string
}

export type WayName =
  | 'absolute-form http://'
  | 'absolute-form https://'
  | 'CONNECT and TLS'
  | 'CONNECT and clear text'

/** How a runner sends its requests to certhop. */
export interface Way {
  readonly name: WayName
  connect(bed: TestBed): Promise<RawConnection>
  /** What is said on this way, where the runner would say `exchange` to the server itself. */
  said(exchange: Exchange): Exchange
}

export const WAYS: readonly Way[] = [
  {
    name: 'absolute-form http://',
    connect: ({ proxyPort }) => RawConnection.connect(proxyPort),
    said: exchange => inAbsoluteForm(exchange, 'http'),
  },
  {
    name: 'absolute-form https://',
    connect: ({ proxyPort }) => RawConnection.connect(proxyPort),
    said: exchange => inAbsoluteForm(exchange, 'https'),
  },
  {
    name: 'CONNECT and TLS',
    async connect({ proxyPort, authority }) {
      return new RawConnection(await openTlsTunnel(proxyPort, { servername: HOST, ca: authority }))
    },
    said: exchange => exchange,
  },
  {
    name: 'CONNECT and clear text',
    async connect({ proxyPort }) {
      return new RawConnection(await openTunnel(proxyPort, `${HOST}:80`))
    },
    said: exchange => exchange,
  },
]

/** The way without certhop: with the runner's own certificate. */
export async function connectDirectly({ serverPort }: TestBed): Promise<RawConnection> {
  const { authority, client } = MINTED
  const identity = { cert: client.chain, key: client.key() }
  const socket = connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const secure = connectTls({ socket, servername: HOST, ca: authority.pem, ...identity })
  return new RawConnection(await secured(secure))
}

function inAbsoluteForm(exchange: Exchange, scheme: string): Exchange {
  const parts = exchange.parts.map(part => {
    if (part.by !== 'runner' || part.kind !== 'head') return part
    const text = part.text.replace(/^((?:\r\n)*\S+) (\S+)/, (_, method: string, target: string) => {
      return `${method} ${scheme}://${HOST}${target === '*' ? '' : target}`
    })
    return { ...part, text }
  })
  return { ...exchange, parts }
}
