import { ABSOLUTE, ABSOLUTE_HTTPS, type Arrival, CONNECT_HTTP1, CONNECT_HTTP2 } from '../arrival.ts'
import type { Client } from '../client.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { packageVersion } from '../version.ts'

const NODE_24 = `${RUNNERS_FOLDER}node_modules/node/bin/node`

/** A library of npm, run by the pinned Node. */
function library(name: string, label: string, packageName: string, program: string[], http: Arrival): Client {
  const [file = '', ...args] = program
  return fetcher({
    name,
    label,
    version: () => packageVersion(packageName),
    get: (url, bed) => bed.node(file, ...args, url),
    http,
    https: CONNECT_HTTP1,
  })
}

export const NODE_CLIENTS: readonly Client[] = [
  fetcher({
    name: 'Node 26 fetch',
    label: 'node26',
    version: async () => process.versions.node,
    get: (url, bed) => bed.node('fetch.js', url),
    http: ABSOLUTE,
    https: CONNECT_HTTP2,
  }),
  fetcher({
    name: 'Node 24 fetch',
    label: 'node24',
    version: () => packageVersion('node'),
    get: (url, bed) => bed.run(NODE_24, [`${RUNNERS_FOLDER}programs/fetch.js`, url]),
    http: CONNECT_HTTP1,
    https: CONNECT_HTTP1,
  }),
  fetcher({
    name: 'undici EnvHttpProxyAgent',
    label: 'undici',
    version: () => packageVersion('undici'),
    get: (url, bed) => bed.node('undici.js', url),
    http: ABSOLUTE,
    https: CONNECT_HTTP2,
  }),
  fetcher({
    name: 'axios up to 1.16.0',
    label: 'axios-old',
    version: () => packageVersion('axios-1.16'),
    get: (url, bed) => bed.node('axios.js', 'axios-1.16', url),
    http: ABSOLUTE,
    https: ABSOLUTE_HTTPS,
    openWay: 'absolute-https',
  }),
  library('axios', 'axios', 'axios', ['axios.js', 'axios'], ABSOLUTE),
  library('got with proxy-agent', 'got-proxy-agent', 'got', ['got-proxy-agent.js'], ABSOLUTE),
  library('got with hpagent', 'got-hpagent', 'got', ['got-hpagent.js'], CONNECT_HTTP1),
]
