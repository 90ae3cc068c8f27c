import type { FieldProblem } from '../registry/field-problems.ts'
import type { Material } from '../registry/material.ts'
import { type CheckedDraft, checkDraft, type DraftCertificate } from '../registry/preview-addition.ts'
import { json } from './answer.ts'
import { certificateOf } from './certificates.ts'
import { HttpProblem, problemOfFields } from './http-problem.ts'
import { readDraft } from './new-certificate.ts'
import type { Plane, Route } from './route.ts'
import { certificateSchema, newCertificateSchema } from './schemas.ts'

export const addCertificate: Route = {
  method: 'POST',
  path: '/api/certificates',
  access: 'signed in',
  operation: {
    summary: 'Adds a certificate to the registry, with copies of its files, as `certhop add` does',
    body: newCertificateSchema,
    multipart: true,
    answers: { 201: { description: 'It is in force', schema: certificateSchema } },
  },
  async handle({ incoming }, plane) {
    const draft = await readDraft(incoming)
    const { hosts, port, groups, id: wanted } = draft
    const { passphrase } = draft.parts
    const material = materialOf(draft)
    const { problems, error } = await check(draft, material, plane)
    if (problems.length > 0 || material === null) throw problemOfFields(422, problems, error)
    const id = await plane.editor.add({ id: wanted, hosts, port, groups, material, passphrase })
    const { headers, ...answer } = json(await inForce(id, plane), 201)
    return { ...answer, headers: { ...headers, Location: `/api/certificates/${id}` } }
  },
}

/** Null when it is not complete. */
function materialOf({ parts: { cert, key, pkcs12, ca } }: DraftCertificate): Material | null {
  const trust = ca === undefined ? {} : { ca }
  if (pkcs12 !== undefined) return cert === undefined && key === undefined ? { pkcs12, ...trust } : null
  return cert !== undefined && key !== undefined ? { cert, key, ...trust } : null
}

async function check(draft: DraftCertificate, material: Material | null, { ageIdentity }: Plane) {
  const checked = await checkDraft(draft, ageIdentity)
  const missing = material === null ? missingPart(draft) : []
  return {
    problems: [...missing, ...checked.problems, ...missingPassphrase(checked)],
    error: missing.length === 0 ? checked.error : null,
  }
}

function missingPart({ parts: { cert, key, pkcs12 } }: DraftCertificate): FieldProblem[] {
  const hint = 'give a certificate and its key, or one PKCS#12 bundle that holds both'
  if (pkcs12 !== undefined) {
    return [{ field: 'pkcs12', message: 'there is a certificate or a key beside the bundle', hint }]
  }
  return [
    ...(cert === undefined ? [{ field: 'cert', message: 'the certificate is missing', hint } as const] : []),
    ...(key === undefined ? [{ field: 'key', message: 'the key is missing', hint } as const] : []),
  ]
}

function missingPassphrase({ needsPassphrase }: CheckedDraft): FieldProblem[] {
  if (!needsPassphrase) return []
  return [{ field: 'passphrase', message: 'the key is encrypted', hint: 'give its passphrase' }]
}

/** The certificate as it is from now on. Throws a 409 when the registry was broken by somebody else meanwhile. */
async function inForce(id: string, plane: Plane) {
  const { registry } = plane
  const isAccepted = await registry.reload('request')
  const entry = registry.current.entries.find(each => each.id === id)
  if (isAccepted && entry !== undefined) return certificateOf(entry, plane)
  throw new HttpProblem(409, `\`${id}\` is in the registry file, and not in force`, {
    hint: 'the file was changed by somebody else at the same time; /api/status says what is wrong with it',
  })
}
