import { z } from 'zod'
import { NAME, NAME_RULE } from '../core/name.ts'
import { parseHostPattern } from './pattern.ts'
import { tlsSchema } from './tls-schema.ts'

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

const path = z.string().min(1)

const name = z.string().regex(NAME, NAME_RULE)

const hostPattern = z.string().superRefine((text, context) => {
  const patterns = parseHostPattern(text)
  if ('message' in patterns) {
    context.addIssue({ code: 'custom', message: patterns.message, params: { hint: patterns.hint } })
  }
})

const time = z
  .string()
  .refine(isTime, 'must be a date and time with its zone, such as 2026-11-01T09:00:00Z')
  .meta({ format: 'date-time' })

const entryFields = z.strictObject({
  id: name.describe('The unique name of the certificate in logs, metrics and answers.'),
  host: z
    .union([hostPattern, z.array(hostPattern).min(1)], { error: 'must be a pattern or a list of patterns' })
    .describe('A host name or a minimatch pattern over whole host names, or a list of them.'),
  port: z.int().min(1).max(65535).optional().describe('Only this port.'),
  addedAt: time.optional().describe('The most recently added certificate wins. For all entries or for none.'),
  cert: path.optional().describe('PEM file: the certificate, then its intermediates.'),
  key: path.optional().describe('PEM file: PKCS#8, PKCS#1 or SEC1, encrypted or not.'),
  pkcs12: path
    .optional()
    .describe('PKCS#12 file (.p12, .pfx): certificate and key, instead of `cert` and `key`.'),
  passphrase: z
    .union(
      [
        z.string(),
        z.strictObject({ env: z.string().min(1) }),
        z.strictObject({ file: path }),
        z.strictObject({ age: z.string().min(1).describe('As `certhop secrets encrypt` prints it.') }),
      ],
      { error: 'must be {env: NAME}, {file: PATH}, {age: "…"} or quoted text' },
    )
    .optional()
    .describe('Of an encrypted key or bundle.'),
  ca: path
    .optional()
    .describe("PEM file: what the server's certificate must chain to, instead of the system's roots."),
  systemRoots: z.boolean().optional().describe("Trust the system's roots as well as `ca`."),
  tls: tlsSchema.optional().describe('How TLS with the servers of these hosts has to be.'),
  groups: z
    .array(name)
    .min(1)
    .superRefine(reportRepeated)
    .meta({ uniqueItems: true })
    .optional()
    .describe('Only requests of one of these groups, which runners name as their proxy user.'),
})

/** Where certificate and key come from: two PEM files, or one bundle. */
const FORMS = {
  anyOf: [
    { required: ['cert', 'key'], not: { required: ['pkcs12'] } },
    { required: ['pkcs12'], properties: { cert: false, key: false } },
  ],
}

export const entrySchema = entryFields
  .meta(FORMS)
  .refine(({ cert, pkcs12 }) => cert !== undefined || pkcs12 !== undefined, oneForm('cert', 'is missing'))
  .refine(({ key, pkcs12 }) => key !== undefined || pkcs12 !== undefined, oneForm('key', 'is missing'))
  .refine(
    ({ cert, key, pkcs12 }) => pkcs12 === undefined || (cert ?? key) === undefined,
    oneForm('pkcs12', 'cannot stand beside `cert` and `key`'),
  )

/** Said even when something else is wrong with the entry. */
function oneForm(key: string, error: string) {
  const hint = 'write `cert: FILE` and `key: FILE`, or `pkcs12: FILE` for a bundle that holds both'
  const when = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null
  return { path: [key], error, params: { hint }, when }
}

export type RegistryEntry = z.infer<typeof entrySchema>

const version = z.literal(1)

/** The file around its entries. Each of these is validated by itself, so that one mistake does not hide another. */
export const registrySchema = z.strictObject({ version, certificates: z.array(z.unknown()).nullable() })

/** The JSON Schema of a registry file, for editors (draft 2020-12). */
export function registryJsonSchema(): z.core.JSONSchema.BaseSchema {
  const whole = z.strictObject({ version, certificates: z.array(entrySchema).nullable() })
  return z.toJSONSchema(whole, { io: 'input' })
}

function reportRepeated(names: readonly string[], context: z.RefinementCtx): void {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue
    context.addIssue({ code: 'custom', path: [index], message: `names \`${name}\` twice` })
  }
}

/** Date.parse alone would take the 30th of February for the 2nd of March. */
function isTime(text: string): boolean {
  const date = TIME.exec(text)?.[1]
  if (date === undefined || Number.isNaN(Date.parse(text))) return false
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}
