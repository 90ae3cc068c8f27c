#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { become, pinnedNode } from './runtime.js'

const OLDEST_NODE = 24

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  // A checkout runs its sources; the published package holds them compiled, because Node strips no types under node_modules.
  const source = new URL('../src/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
} else {
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
