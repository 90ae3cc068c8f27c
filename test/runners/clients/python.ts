import { ABSOLUTE, type Arrival, CONNECT_HTTP1, CONNECT_HTTP2 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

/** Debian's own Python, which is the one that Debian's packages belong to. */
const PYTHON = '/usr/bin/python3'

function python(library: string, module: string, program: string, https: Arrival) {
  return fetcher({
    name: `Python ${library}`,
    label: library,
    version: bed => commandVersion(bed, PYTHON, '-c', `import ${module}; print(${module}.__version__)`),
    get: (url, bed) => bed.run(PYTHON, [`${RUNNERS_FOLDER}programs/${program}`, url]),
    http: ABSOLUTE,
    https,
  })
}

export const PYTHON_CLIENTS = [
  python('urllib', 'urllib.request', 'get_urllib.py', CONNECT_HTTP1),
  python('requests', 'requests', 'get_requests.py', CONNECT_HTTP1),
  python('httpx', 'httpx', 'get_httpx.py', CONNECT_HTTP2),
  python('aiohttp', 'aiohttp', 'get_aiohttp.py', CONNECT_HTTP1),
]
