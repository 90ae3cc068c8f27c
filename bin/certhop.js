#!/usr/bin/env node
// Imports nothing before it has to: `import` of a module of Node's loads all that it may ever need.
const OLDEST_NODE = 24

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  const { existsSync } = process.getBuiltinModule('node:fs')
  const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module')
  const { fileURLToPath } = process.getBuiltinModule('node:url')
  // Code is compiled, and stripped of its types, once and not at every start, where this folder can be written. Whoever can put
  // code into it can change the code beside it as well. What is cached would blur what tests cover.
  const cache = new URL('../node_modules/.cache/certhop', import.meta.url)
  if (process.env.NODE_V8_COVERAGE === undefined) enableCompileCache(fileURLToPath(cache))
  // A checkout runs its sources; the published package holds them bundled.
  const source = new URL('../src/main.ts', import.meta.url)
  if (existsSync(source)) await import(source.href)
  else createRequire(import.meta.url)('../dist/main.cjs')
} else {
  const { become, pinnedNode } = await import('./runtime.js')
  const node = pinnedNode()
  if (node) become(node, process.argv.slice(1))
  else {
    process.stderr.write(
      `certhop needs Node ${OLDEST_NODE} or newer and this is ${process.version}. Install a newer Node, or allow the ` +
        'install script of the package "node", which brings one: npm install -g --allow-scripts=node certhop\n',
    )
    process.exitCode = 1
  }
}
