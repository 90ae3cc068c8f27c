import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { access, constants, readFile, realpath, rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { replaceFile, writeTemporary } from '../core/replace-file.ts'
import type { Events } from '../observe/events.ts'
import type { TrustFiles } from './trust-files.ts'

const run = promisify(execFile)

/** Java's own, for the store it comes with. It protects nothing: certificates are public. */
const PASSWORD = 'changeit'
const ALIAS = 'certhop'
const READABLE = 0o644

/** Where a JDK or a JRE keeps its roots, from its folder `bin`. */
const ROOTS = ['../lib/security/cacerts', '../jre/lib/security/cacerts']

/**
 * The path of a trust store for Java, beside `files`: the roots of the Java whose `keytool` is on the PATH, and the
 * authority. Made anew when one of the two has changed, which takes a second. Null where there is no Java; a failure is a
 * notice, and null as well.
 */
export async function javaTrustStore(files: TrustFiles, events?: Events): Promise<string | null> {
  const keytool = await findKeytool()
  if (keytool === null) return null
  try {
    return await upToDate(files, keytool)
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string }
    const reason = `${stdout.trim()} ${message.trim()}`.trim()
    events?.notice('warn', `there is no trust store for Java: ${reason}`)
    return null
  }
}

/** Whether `javaTrustStore` has made one beside `files` before. */
export async function madeJavaTrustStore(files: TrustFiles): Promise<boolean> {
  return (await readOrNull(storePath(files))) !== null
}

async function upToDate(files: TrustFiles, keytool: string): Promise<string> {
  const path = storePath(files)
  const roots = await readRoots(keytool)
  const ingredients = hash('sha256', Buffer.concat([await readFile(files.certificate), roots]))
  const note = `${path}.sha256`
  const made = (await readOrNull(note))?.toString()
  if (made === `${ingredients}\n` && (await madeJavaTrustStore(files))) return path
  // Until the store is in place, no note may vouch for it.
  await rm(note, { force: true })
  const temporary = await writeTemporary(path, roots, READABLE)
  try {
    await importInto(temporary, files.certificate, keytool)
    await replaceFile(path, await readFile(temporary), READABLE)
  } finally {
    await rm(temporary, { force: true })
  }
  await replaceFile(note, `${ingredients}\n`, READABLE)
  return path
}

async function importInto(store: string, certificate: string, keytool: string): Promise<void> {
  const keystore = ['-keystore', store, '-storepass', PASSWORD]
  const entry = ['-alias', ALIAS, '-file', certificate]
  await run(keytool, ['-importcert', '-noprompt', '-trustcacerts', ...keystore, ...entry])
}

function storePath(files: TrustFiles): string {
  return join(dirname(files.certificate), 'java-cacerts')
}

/** The real place of `keytool`, below the Java that it belongs to; null when none is on the PATH. */
async function findKeytool(): Promise<string | null> {
  const { PATH = '' } = process.env
  for (const folder of PATH.split(delimiter)) {
    const path = join(folder, 'keytool')
    const found = await access(path, constants.X_OK).then(
      () => realpath(path),
      () => null,
    )
    if (found !== null) return found
  }
  return null
}

async function readRoots(keytool: string): Promise<Buffer> {
  for (const place of ROOTS) {
    const roots = await readOrNull(join(dirname(keytool), place))
    if (roots !== null) return roots
  }
  throw new Error(`no roots (lib/security/cacerts) were found beside ${keytool}`)
}

function readOrNull(path: string): Promise<Buffer | null> {
  return readFile(path).catch(() => null)
}
