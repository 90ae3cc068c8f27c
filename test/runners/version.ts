import { readFile } from 'node:fs/promises'
import { RUNNERS_FOLDER, type TestBed } from './test-bed.ts'

/** The version of an installed npm package, by its name in package.json. */
export async function packageVersion(name: string): Promise<string> {
  return JSON.parse(await readFile(`${RUNNERS_FOLDER}node_modules/${name}/package.json`, 'utf8')).version
}

/** The first thing that looks like a version in what a command prints about itself. */
export async function commandVersion(bed: TestBed, command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await bed.run(command, args)
  const version = /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0]
  if (version === undefined) throw new Error(`${command} tells no version: ${stdout}${stderr}`)
  return version
}
