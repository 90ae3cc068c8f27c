/** What is mutated together with the tests that have to notice. */
export interface Room {
  readonly files: readonly string[]
  /** Groups of test files, tried one after the other until one fails: the quick ones first. */
  readonly tests: readonly (readonly string[])[]
}

const codec = (...names: string[]) => names.map(name => `src/http1/${name}.ts`)
const testsOf = (room: string, ...names: string[]) => names.map(name => `test/${room}/${name}.test.ts`)

/** The two parts that have to be right to the octet: carrying HTTP/1.x, and choosing a certificate. */
export const ROOMS: readonly Room[] = [
  {
    files: [
      ...codec('basic-credentials', 'body', 'characters', 'chunked', 'fields', 'head', 'head-end'),
      ...codec('request-head', 'response-head', 'rewrite', 'target'),
    ],
    tests: [
      [
        ...testsOf('http1', 'request-line', 'status-line', 'fields', 'framing', 'chunked', 'hop-by-hop'),
        ...testsOf('http1', 'corpus', 'basic-credentials'),
      ],
      testsOf('http1', 'round-trip', 'node-differential'),
    ],
  },
  {
    files: [
      ...['snapshot', 'candidates', 'candidate', 'pattern', 'explain'].map(name => `src/registry/${name}.ts`),
      ...['host', 'host-cache'].map(name => `src/core/${name}.ts`),
    ],
    tests: [[...testsOf('registry', 'pattern', 'selection'), ...testsOf('core', 'host')]],
  },
]
