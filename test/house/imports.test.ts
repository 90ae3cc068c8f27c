import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))

/** Who may import whom, besides `core`, which everybody may. `app.ts`, `data-plane.ts`, `admin-plane.ts` and `main.ts` are rooms by themselves. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'anything'>> = {
  core: [],
  http1: [],
  observe: [],
  settings: ['observe'],
  authority: ['observe'],
  identity: ['observe'],
  registry: ['identity', 'observe'],
  upstream: ['http1', 'identity (types)', 'observe'],
  proxy: ['http1', 'registry', 'upstream', 'authority', 'observe'],
  diagnosis: ['http1', 'identity', 'registry', 'upstream', 'proxy'],
  runner: ['authority', 'observe'],
  admin: ['registry', 'authority', 'observe'],
  'admin-plane': 'anything',
  workers: 'anything',
  'data-plane': 'anything',
  cli: 'anything',
  app: 'anything',
  main: ['cli'],
}

/** The files that each third-party package belongs to. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@peculiar/x509': ['diagnosis/distinguished-names.ts'],
  'age-encryption': ['identity/age.ts'],
  chokidar: ['registry/watch.ts'],
  commander: ['cli/main.ts'],
  minimatch: ['registry/pattern.ts'],
  'node-forge': ['identity/rc2.ts'],
  pino: ['observe/logger.ts'],
  'prom-client': ['observe/prometheus-text.ts'],
  'reflect-metadata': ['diagnosis/distinguished-names.ts'],
  'read-tls-client-hello': ['proxy/client-hello.ts'],
  yaml: ['core/document.ts', 'core/list-edit.ts'],
  zod: [
    'admin/body.ts',
    'admin/new-certificate.ts',
    'admin/openapi.ts',
    'admin/operation.ts',
    'admin/schemas.ts',
    'core/document.ts',
    'core/document-messages.ts',
    'registry/schema.ts',
    'registry/tls-schema.ts',
    'settings/schema.ts',
  ],
}

interface Import {
  readonly file: string
  readonly from: string
  readonly typesOnly: boolean
}

const imports: Import[] = globSync('**/*.ts', { cwd: SOURCES }).flatMap(file => {
  const text = readFileSync(join(SOURCES, file), 'utf8')
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm,
  )
  return [...statements].map(match => ({
    file,
    from: match[2] ?? match[3] ?? match[4] ?? '',
    typesOnly: match[1] !== undefined,
  }))
})

function roomOf(file: string): string {
  return (file.split('/')[0] ?? '').replace(/\.ts$/, '')
}

test('every room imports only the rooms that the house allows', () => {
  assert.ok(imports.length > 100, 'the imports were found')
  const forbidden = imports.filter(({ file, from, typesOnly }) => {
    if (!from.startsWith('.')) return false
    const room = roomOf(file)
    const target = roomOf(relative(SOURCES, join(SOURCES, dirname(file), from)))
    const allowed = MAY_IMPORT[room]
    assert.ok(allowed !== undefined, `the room ${room} is not in the table`)
    if (allowed === 'anything' || target === room || target === 'core') return false
    return !(allowed.includes(target) || (typesOnly && allowed.includes(`${target} (types)`)))
  })
  assert.deepEqual(forbidden, [])
})

test('every third-party package is imported by its owners alone', () => {
  const strays = imports.filter(({ file, from }) => {
    if (from.startsWith('.') || from.startsWith('node:')) return false
    return !OWNERS[from]?.includes(file)
  })
  assert.deepEqual(strays, [])
})

test('only main.ts ends the process or reads its arguments', () => {
  const files = globSync('**/*.ts', { cwd: SOURCES }).filter(file => file !== 'main.ts')
  const offenders = files.filter(file =>
    /process\.(?:exit\b|exitCode|argv)/.test(readFileSync(join(SOURCES, file), 'utf8')),
  )
  assert.deepEqual(offenders, [])
})

test('one file knows where the parts of the program are, because a bundle puts them elsewhere', () => {
  const files = globSync('**/*.ts', { cwd: SOURCES })
  const users = files.filter(file => readFileSync(join(SOURCES, file), 'utf8').includes('import.meta'))
  assert.deepEqual(users, ['core/program-files.ts'])
})

test('no module waits at its top level, because what is published is CommonJS', () => {
  const files = globSync('**/*.ts', { cwd: SOURCES })
  const waiting = files.filter(file =>
    /^(?:[^\s/*].*)?\bawait /m.test(readFileSync(join(SOURCES, file), 'utf8')),
  )
  assert.deepEqual(waiting, [])
})

test('the codec knows no socket', () => {
  const network = imports.filter(({ file, from }) => roomOf(file) === 'http1' && from.startsWith('node:'))
  assert.deepEqual(network, [])
})
