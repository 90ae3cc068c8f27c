import { shellWord } from '../../../src/cli/shell-word.ts'
import type { RunnerSetup } from './runner-setup.ts'
import { shellText } from './shell-text.ts'

/** Something to paste. */
export interface Snippet {
  readonly title: string
  readonly text: string
}

/** How one kind of runner is pointed at the proxy, and what its users fall over. */
export interface RunnerFamily {
  /** Stands in the page's address. */
  readonly id: string
  readonly name: string
  readonly snippets: (setup: RunnerSetup) => readonly Snippet[]
  /** A command that sends one request to the setup's URL as such a runner would; null where there is none so short. */
  readonly trial: ((setup: RunnerSetup) => string) | null
  readonly notes: readonly string[]
}

/** In the order in which they are offered. */
export const RUNNER_FAMILIES: readonly RunnerFamily[] = [
  {
    id: 'shell',
    name: 'Shell and curl',
    snippets: setup => [
      { title: 'For everything that this shell starts', text: exported(setup.variables) },
      { title: 'One curl request, without the variables', text: curl(setup) },
      { title: 'wget, which reads no variable for trust', text: wget(setup) },
    ],
    trial: curl,
    notes: [
      '`curl` and `wget` read `http_proxy` in lower case only.',
      'A failure is a response: its body says why. `--fail-with-body` makes it an exit status too.',
      '`wget` trusts only what `--ca-certificate` names.',
    ],
  },
  {
    id: 'node',
    name: 'Node',
    snippets: setup => [
      {
        title: 'fetch, http and https from Node 22.21 and 24.5 on, and axios',
        text: `${node(setup)} node checks.js`,
      },
      {
        title: 'undici, once in the code',
        text: "import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'\nsetGlobalDispatcher(new EnvHttpProxyAgent())",
      },
      {
        title: 'got and node-fetch, once in the code',
        text: "import { ProxyAgent } from 'proxy-agent'\nconst agent = new ProxyAgent()\nawait got(url, { agent: { http: agent, https: agent } })",
      },
      {
        title: 'ws, once in the code',
        text: "import { HttpsProxyAgent } from 'https-proxy-agent'\nnew WebSocket(url, { agent: new HttpsProxyAgent(process.env.HTTPS_PROXY) })",
      },
    ],
    trial: setup =>
      `${node(setup)} node -e ${shellWord(`fetch(${JSON.stringify(setup.url)}).then(answer => console.log(answer.status))`)}`,
    notes: [
      '`NODE_EXTRA_CA_CERTS` is read at the start of the process; setting it in `process.env` is too late.',
      'An agent or a dispatcher of your own has no proxy: leave it out, or give it `proxyEnv: process.env`.',
      'Node 20 knows no `NODE_USE_ENV_PROXY`; its `fetch` goes out directly.',
    ],
  },
  {
    id: 'python',
    name: 'Python',
    snippets: setup => [
      { title: 'urllib, requests and httpx', text: `${python(setup)} python3 checks.py` },
      {
        title: 'aiohttp, once in the code',
        text: 'async with aiohttp.ClientSession(trust_env=True) as session:',
      },
    ],
    trial: setup =>
      `${python(setup)} python3 -c ${shellWord(`import urllib.request as u; print(u.urlopen(${JSON.stringify(setup.url)}).status)`)}`,
    notes: [
      '`verify="file.pem"`, `proxies=…` and `Session.trust_env = False` win over the variables.',
      '`aiohttp` without `trust_env=True` goes out directly, and so without the certificate.',
    ],
  },
  {
    id: 'java',
    name: 'Java',
    snippets: setup => [
      {
        title: 'Every JVM that this command starts, those of Maven and Gradle included',
        text: `${assigned(setup, ['JAVA_TOOL_OPTIONS'])} java -jar checks.jar`,
      },
    ],
    trial: null,
    notes: [
      'A JVM reads no proxy variables, and of a proxy URL it knows no user name: groups do not reach it this way.',
      'What stands on the command line wins: `java -Djavax.net.ssl.trustStore=mine.jks` does not trust the authority.',
      'A client with an `SSLContext` or a `ProxySelector` of its own heeds none of this.',
    ],
  },
  {
    id: 'go',
    name: 'Go',
    snippets: setup => [
      { title: 'A program', text: `${go(setup)} ./checks` },
      {
        title: 'Tests; without -count=1 a run that passed is not repeated',
        text: `${go(setup)} go test -count=1 ./checks/...`,
      },
    ],
    trial: null,
    notes: [
      '`localhost` and `127.0.0.1` never go through a proxy. Give a local API another name by `resolve` in the settings.',
      '`&http.Transport{}` has no proxy: start from `http.DefaultTransport.(*http.Transport).Clone()`.',
      '`SSL_CERT_FILE` counts on Linux; on macOS and Windows the authority belongs into the system’s store.',
    ],
  },
  {
    id: 'newman',
    name: 'newman and Postman',
    snippets: setup => [{ title: 'A collection', text: `${nodeTool(setup)} newman run checks.json` }],
    trial: null,
    notes: [
      'Take `--ssl-client-cert` and its likes out of the command: certhop presents the certificate.',
      '`NO_PROXY`: `.example.com` is heeded, `*.example.com` is not.',
      '`newman` 6.2 dies with a stack trace when a CONNECT fails; Traffic says how the host could not be reached.',
    ],
  },
  {
    id: 'bruno',
    name: 'Bruno',
    snippets: setup => [{ title: 'A collection', text: `${nodeTool(setup)} bru run --env staging` }],
    trial: null,
    notes: [
      'A proxy in `bruno.json` wins over the variables, also one that is switched off: let it inherit.',
      'Client certificates in `bruno.json`: take them out, certhop presents them.',
    ],
  },
  {
    id: 'playwright',
    name: 'Playwright',
    snippets: setup => [
      {
        title: 'playwright.config.ts, once',
        text: [
          'const { HTTPS_PROXY, NO_PROXY } = process.env',
          '',
          'export default defineConfig({',
          '  use: { proxy: HTTPS_PROXY ? { server: HTTPS_PROXY, bypass: NO_PROXY } : undefined },',
          '})',
        ].join('\n'),
      },
      { title: 'And from then on', text: `${nodeTool(setup)} npx playwright test` },
    ],
    trial: null,
    notes: [
      'Its own requests (APIRequest) read no variables, its pages do: without `use.proxy` half of the suite passes.',
      'Pages trust the user’s NSS database: `certutil -d sql:$HOME/.pki/nssdb -A -n certhop -t C,, -i FILE`.',
      '`clientCertificates` in the configuration: take them out, certhop presents the certificate.',
    ],
  },
  {
    id: 'k6',
    name: 'k6',
    snippets: setup => [{ title: 'A script', text: `${go(setup)} k6 run checks.js` }],
    trial: null,
    notes: [
      '`tlsAuth` in `options`: take it out, certhop presents the certificate.',
      '`hosts` in `options` has no effect behind a proxy: use `resolve` in the settings.',
      '`k6/net/grpc` does not heed `HTTPS_PROXY`: its calls go out without the certificate.',
    ],
  },
  {
    id: 'blackbox-exporter',
    name: 'Blackbox exporter',
    snippets: setup => [
      {
        title: 'A module in blackbox.yml',
        text: [
          'modules:',
          '  https_mtls:',
          '    prober: http',
          '    http:',
          `      proxy_url: ${setup.proxy}`,
          '      skip_resolve_phase_with_proxy: true',
          `      tls_config: {ca_file: ${JSON.stringify(setup.bundle)}}`,
        ].join('\n'),
      },
    ],
    trial: setup =>
      `curl ${shellWord(`http://localhost:9115/probe?module=https_mtls&target=${encodeURIComponent(setup.url)}&debug=true`)}`,
    notes: [
      'Without `skip_resolve_phase_with_proxy` it asks for an address, and an http:// target is one without a name.',
      '`probe_ssl_earliest_cert_expiry` is of the certificate that certhop shows: probe the API’s own by `prober: tcp`.',
    ],
  },
  {
    id: 'docker',
    name: 'Docker and Compose',
    snippets: setup => [
      { title: 'A runner in a container, certhop on this machine', text: dockerRun(setup) },
      { title: 'The same as a Compose service', text: composeService(setup) },
    ],
    trial: null,
    notes: [
      'The proxy listens on loopback, so the two share a network: `network_mode: host`, or `service:certhop` where it is a container too.',
      'The files are mounted where they are here, so that the variables are right on both sides.',
      'Never mount `authority.pem`, which lies beside them: it is the key.',
    ],
  },
]

const PROXY = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

/** The shortest runner, for where another has no short trial. */
export function curl({ proxy, certificate, url }: RunnerSetup): string {
  return `curl -x ${shellText(proxy)} --cacert ${shellText(certificate)} ${shellText(url)}`
}

function wget({ proxy, bundle, url }: RunnerSetup): string {
  return `http_proxy=${shellText(proxy)} https_proxy=${shellText(proxy)} wget -qO- --content-on-error --ca-certificate=${shellText(bundle)} ${shellText(url)}`
}

function node(setup: RunnerSetup): string {
  return assigned(setup, [...PROXY, 'NODE_USE_ENV_PROXY', 'NODE_EXTRA_CA_CERTS'])
}

function nodeTool(setup: RunnerSetup): string {
  return assigned(setup, [...PROXY, 'NODE_EXTRA_CA_CERTS'])
}

function python(setup: RunnerSetup): string {
  return assigned(setup, [...PROXY, 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE'])
}

function go(setup: RunnerSetup): string {
  return assigned(setup, [...PROXY, 'SSL_CERT_FILE'])
}

function dockerRun({ variables, certificate, bundle }: RunnerSetup): string {
  const names = [...PROXY, 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE']
  const lines = [
    'docker run --rm --network host',
    ...names.map(name => `  -e ${name}=${shellText(variables[name] ?? '')}`),
    ...[certificate, bundle].map(file => `  -v ${shellText(`${file}:${file}:ro`)}`),
    '  my-runner',
  ]
  return lines.join(' \\\n')
}

function composeService({ variables, certificate, bundle }: RunnerSetup): string {
  const names = [...PROXY, 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE']
  return [
    'services:',
    '  checks:',
    '    image: my-runner',
    '    network_mode: host',
    '    environment:',
    ...names.map(name => `      ${name}: ${JSON.stringify(variables[name] ?? '')}`),
    '    volumes:',
    ...[certificate, bundle].map(file => `      - ${JSON.stringify(`${file}:${file}:ro`)}`),
  ].join('\n')
}

/** Variables for one command. */
function assigned({ variables }: RunnerSetup, names: readonly string[]): string {
  return names
    .filter(name => variables[name] !== undefined)
    .map(name => `${name}=${shellText(variables[name] ?? '')}`)
    .join(' ')
}

function exported(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shellText(value)}`)
    .join('\n')
}
