import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { HttpProblem } from './http-problem.ts'

const LARGEST_BODY = 1024 ** 2

/** The value of a JSON body. Throws a 413, 415, or 400. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (mediaType(request) !== 'application/json') throw unsupported(['application/json'])
  return parseJson(await readBody(request))
}

/** As `readJson`; of a multipart body its form. */
export async function readJsonOrForm(
  request: IncomingMessage,
): Promise<{ json: unknown } | { form: FormData }> {
  const type = mediaType(request)
  if (type === 'application/json') return { json: await readJson(request) }
  if (type !== 'multipart/form-data') throw unsupported(['application/json', 'multipart/form-data'])
  const body = await readBody(request)
  try {
    const headers = { 'Content-Type': request.headers['content-type'] ?? '' }
    return { form: await new Response(new Uint8Array(body), { headers }).formData() }
  } catch {
    throw new HttpProblem(400, 'The body is not valid multipart/form-data')
  }
}

/** `value` as `schema` has it. Throws a 422 that names every field that is wrong. */
export function validated<Schema extends z.ZodType>(value: unknown, schema: Schema): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const errors = error.issues.map(issue => {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    return { field: String(issue.path[0] ?? unknown ?? ''), message: issue.message, hint: '' }
  })
  throw new HttpProblem(422, errors.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    errors,
  })
}

function mediaType({ headers }: IncomingMessage): string {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
}

function unsupported(types: readonly string[]): HttpProblem {
  return new HttpProblem(415, `The body must be ${types.join(' or ')}`, {
    headers: { Accept: types.join(', ') },
  })
}

/** The parser's message would quote the text, which may be a key. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new HttpProblem(400, 'The body is not valid JSON')
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpProblem(415, 'The body must not be compressed', {
      headers: { 'Accept-Encoding': 'identity' },
    })
  }
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  // Not by iteration, whose end would destroy the connection before it is answered.
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  request.on('data', chunk => {
    length += chunk.length
    if (length > LARGEST_BODY) reject(tooLarge())
    else chunks.push(chunk)
  })
  request.on('end', () => resolve(Buffer.concat(chunks)))
  request.on('close', () => reject(new HttpProblem(400, 'The body has ended too early')))
  return promise
}

function tooLarge(): HttpProblem {
  return new HttpProblem(413, `The body is larger than ${LARGEST_BODY / 1024} KiB`)
}
