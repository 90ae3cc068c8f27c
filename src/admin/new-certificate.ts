import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import type { DraftCertificate } from '../registry/preview-addition.ts'
import { readJsonOrForm, validated } from './body.ts'
import { HttpProblem } from './http-problem.ts'
import { draftSchema } from './schemas.ts'

/**
 * What errors call the parts, which may come without names, and from files with the same one. No two parts share one: what is
 * read is found by it.
 */
const NAMES = { cert: 'cert.pem', key: 'key.pem', pkcs12: 'bundle.p12', ca: 'ca.pem' } as const

type Part = keyof typeof NAMES

const LISTS: readonly string[] = ['host', 'groups']

/** The certificate in a body, as far as it is there. Throws a 4xx. */
export async function readDraft(request: IncomingMessage): Promise<DraftCertificate> {
  const body = await readJsonOrForm(request)
  return 'form' in body ? draftOfForm(body.form) : draftOf(validated(body.json, draftSchema))
}

type Draft = z.infer<typeof draftSchema>

function draftOf(body: Draft): DraftCertificate {
  const { id, host = [], port, groups, passphrase = null, cert, key, pkcs12, ca } = body
  return {
    id,
    hosts: typeof host === 'string' ? [host] : host,
    port,
    groups,
    parts: {
      cert: given('cert', cert),
      key: given('key', key),
      pkcs12: given('pkcs12', pkcs12 === undefined ? undefined : bytesOf(pkcs12)),
      ca: given('ca', ca),
      passphrase,
    },
  }
}

/** Fields as in JSON, but that each may be a file, and a PKCS#12 file is taken as it is. */
async function draftOfForm(form: FormData): Promise<DraftCertificate> {
  const values: Record<string, unknown> = {}
  const files: Partial<Record<Part, Buffer>> = {}
  for (const name of new Set(form.keys())) {
    const all = form.getAll(name).filter(value => value !== '')
    const [first] = all
    if (first === undefined) continue
    if (typeof first !== 'string' && isPart(name)) files[name] = Buffer.from(await first.arrayBuffer())
    else if (name === 'port') values[name] = Number(first)
    else if (LISTS.includes(name)) values[name] = all
    else values[name] = typeof first === 'string' ? first : await first.text()
  }
  const draft = draftOf(validated(values, draftSchema))
  const given = Object.entries(files).filter(([, content]) => content.length > 0)
  const parts = given.map(([part, content]) => [part, fileOf(part as Part, content)])
  return { ...draft, parts: { ...draft.parts, ...Object.fromEntries(parts) } }
}

function isPart(name: string): name is Part {
  return name in NAMES
}

function given(part: Part, content: string | Buffer | undefined) {
  return content === undefined || content.length === 0 ? undefined : fileOf(part, Buffer.from(content))
}

function fileOf(part: Part, content: Buffer) {
  return { path: NAMES[part] + (isAge(content) ? '.age' : ''), content }
}

/** An age file, binary or armored (age-encryption.org/v1). */
function isAge(content: Buffer): boolean {
  const start = content.subarray(0, 64).toString('latin1').trimStart()
  return start.startsWith('age-encryption.org/') || start.startsWith('-----BEGIN AGE ENCRYPTED FILE')
}

/** Throws a 422: Buffer would leave out what is no base64. */
function bytesOf(base64: string): Buffer {
  const text = base64.replaceAll(/\s/g, '')
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  const error = { field: 'pkcs12', message: 'the bundle is not base64', hint: 'as `base64 FILE` prints it' }
  throw new HttpProblem(422, error.message, { hint: error.hint, errors: [error] })
}
