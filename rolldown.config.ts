import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { defineConfig, type Plugin } from 'rolldown'

/**
 * What is published: the program and all its packages in a few files, because opening and compiling four hundred takes Node
 * longer than anything else at the start. CommonJS, because `import` of a module of Node's touches all it exports, and so
 * loads what nobody asked for. Not minified: a stack trace has names, and a comment before each module says where it comes from.
 */
export default defineConfig({
  input: ['src/main.ts', ...threadPrograms()],
  platform: 'node',
  plugins: [licences()],
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    comments: { legal: false, annotation: false, jsdoc: false },
  },
})

function threadPrograms(): string[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  return files.filter(file => file.endsWith('-worker.ts')).map(file => join('src', file))
}

/** Writes the licences of all packages that went into the bundle beside it. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap(file => (file.type === 'chunk' ? file.moduleIds : []))
      const folders = new Set(modules.flatMap(id => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []))
      const source = [...folders]
        .sort()
        .map(licenceOf)
        .join(`\n${'-'.repeat(80)}\n\n`)
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source })
    },
  }
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder).filter(file => /^(licen[cs]e|copying|notice)\b/i.test(basename(file)))
  if (texts.length === 0) throw new Error(`${folder} has no licence text to publish`)
  const paragraphs = texts.map(file => readFileSync(join(folder, file), 'utf8').trim())
  return `${[`${name} ${version} (${license})`, ...paragraphs].join('\n\n')}\n`
}
