import { basename } from 'node:path'

/** A checkout runs its sources, each file in its room; what is published are a few bundled files, all in `dist`. */
const inCheckout = import.meta.url.endsWith('.ts')

/** The folder of package.json, and of what is published beside the program. */
export const PACKAGE_FOLDER = new URL(inCheckout ? '../../' : '../', import.meta.url)

/** The program of a thread, for `new Worker`: `registry/parse-worker` is `src/registry/parse-worker.ts`. */
export function threadProgram(name: string): URL {
  return new URL(inCheckout ? `src/${name}.ts` : `dist/${basename(name)}.cjs`, PACKAGE_FOLDER)
}
