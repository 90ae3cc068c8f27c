#!/usr/bin/env node
// Imports nothing before it has to: `import` of a module of Node's loads all that it may ever need.
const OLDEST_NODE = 24

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  const { existsSync } = process.getBuiltinModule('node:fs')
  const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module')
  const { fileURLToPath } = process.getBuiltinModule('node:url')
  const source = new URL('../src/main.ts', import.meta.url)
  if (existsSync(source)) {
    // A checkout runs its sources. Their types are stripped once, and not at every start; whoever can write the result into
    // this folder can write the sources and packages beside it as well. It would blur what tests cover.
    const cache = new URL('../node_modules/.cache/certhop', import.meta.url)
    if (process.env.NODE_V8_COVERAGE === undefined) enableCompileCache(fileURLToPath(cache))
    await import(source.href)
  } else {
    // The published package holds them bundled.
    createRequire(import.meta.url)('../dist/main.cjs')
  }
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
