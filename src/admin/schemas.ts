import { z } from 'zod'

/**
 * Everything that the API takes and gives, once: requests are validated by it, the OpenAPI document is made from it, and
 * the page takes its types from it. Names of properties are the ones on the wire. Times are ISO 8601, durations are
 * milliseconds with a fraction, `daysLeft` may be negative.
 */

/** What a schema describes; nobody changes what was sent. */
type Shape<Schema extends z.ZodType> = Unchanging<z.infer<Schema>>

type Unchanging<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Unchanging<Value[Key]> }
  : Value

const time = z.string().meta({ format: 'date-time' })
const count = z.int().min(0)
const milliseconds = z.number().min(0)

const errorShape = z
  .strictObject({ code: z.string(), message: z.string(), hint: z.string() })
  .describe('What is wrong and what to do. Codes are those of docs/errors.md.')

const fieldProblem = z.strictObject({ field: z.string(), message: z.string(), hint: z.string() })

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:certhop:error:CODE`, or `about:blank` where the status says it all.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    hint: z.string().optional().describe('What to do.'),
    errors: z.array(fieldProblem).optional().describe('What is wrong with single fields of the request.'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' })
export type Problem = Shape<typeof problemSchema>

export const certificateSchema = z
  .strictObject({
    id: z.string(),
    hosts: z.array(z.string()).describe('The patterns, as they are written in the registry.'),
    port: z.int().nullable().describe('Only this port; null for every port.'),
    groups: z.array(z.string()).describe('Only requests of these groups; empty for everybody.'),
    addedAt: time.nullable(),
    subject: z.string().nullable().describe('Null, as the other facts, when the certificate cannot be read.'),
    issuer: z.string().nullable(),
    serialNumber: z.string().nullable(),
    fingerprint256: z.string().nullable(),
    keyType: z.string().nullable(),
    notBefore: time.nullable(),
    notAfter: time.nullable(),
    daysLeft: z.int().nullable(),
    usable: z.boolean(),
    error: errorShape.nullable(),
    state: z.string().describe('`usable`, `not valid yet`, or the code of the error.'),
    requests: count.describe('In the last hour.'),
    stale: errorShape
      .nullable()
      .describe('Why the files cannot be used now, while the last good version stays in use.'),
  })
  .meta({ id: 'Certificate' })
export type Certificate = Shape<typeof certificateSchema>

export const certificatesSchema = z
  .strictObject({ generation: count, certificates: z.array(certificateSchema) })
  .meta({ id: 'Certificates', description: 'In the order of the registry.' })
/** @public For the page. */
export type Certificates = Shape<typeof certificatesSchema>

const port = z.int().min(0).max(65535)

export const explanationSchema = z
  .strictObject({
    target: z.strictObject({
      scheme: z.enum(['http', 'https']),
      host: z.string(),
      port,
      groups: z.array(z.string()),
    }),
    certificate: z.string().nullable(),
    rule: z.enum(['full', 'wildcard', 'none']),
    reason: z.string(),
    usable: z.boolean(),
    error: errorShape.nullable(),
    way: z.enum(['tls', 'plain', 'tunnel', 'refused']),
    candidates: z.array(
      z.strictObject({
        id: z.string(),
        pattern: z.string(),
        rule: z.enum(['full', 'wildcard']),
        addedAt: time.nullable(),
        position: count,
        wins: z.boolean(),
        why: z.string(),
      }),
    ),
  })
  .meta({
    id: 'Explanation',
    description: 'As `certhop explain --json`. Candidates are in the order of winning.',
  })
export type Explanation = Shape<typeof explanationSchema>

export const shownRecordSchema = z
  .strictObject({
    startedAt: time,
    requestId: z.string(),
    way: z
      .enum(['absolute-http', 'absolute-https', 'connect-h1', 'connect-h2', 'tunnel', 'websocket'])
      .nullable(),
    method: z.string().nullable(),
    host: z.string().nullable(),
    port: port.nullable(),
    path: z.string().nullable(),
    status: z.int().nullable(),
    certificate: z.string().nullable(),
    rule: z.enum(['full', 'wildcard', 'none']).nullable(),
    generation: count.nullable(),
    reused: z.boolean(),
    resumed: z.boolean(),
    bytesIn: count,
    bytesOut: count,
    dnsMs: milliseconds.nullable(),
    connectMs: milliseconds.nullable(),
    tlsMs: milliseconds.nullable(),
    firstByteMs: milliseconds.nullable(),
    totalMs: milliseconds,
    error: z.string().nullable(),
  })
  .meta({ id: 'Request', description: 'The fields of the access log, and when the request began.' })
/** @public For the page. */
export type ShownRecord = Shape<typeof shownRecordSchema>

export const requestsSchema = z
  .strictObject({ requests: z.array(shownRecordSchema).max(500) })
  .meta({ id: 'Requests', description: 'Newest first.' })
/** @public For the page. */
export type Requests = Shape<typeof requestsSchema>

export const registryReloadSchema = z
  .strictObject({
    at: time,
    reason: z.enum(['start', 'change', 'request']),
    outcome: z.enum(['loaded', 'unchanged', 'refused', 'failed']),
    generation: count,
    entries: count,
    added: z.array(z.string()),
    changed: z.array(z.string()),
    removed: z.array(z.string()),
    ms: milliseconds,
    problems: z.array(
      z.strictObject({
        severity: z.enum(['error', 'warning']),
        file: z.string(),
        line: count,
        column: count,
        code: z.string(),
        message: z.string(),
        hint: z.string(),
      }),
    ),
  })
  .meta({ id: 'RegistryReload' })
export type RegistryReload = Shape<typeof registryReloadSchema>

const connectionsSchema = z.strictObject({
  clientConnections: count,
  tunnels: count,
  upstreamConnections: z.strictObject({ active: count, idle: count }),
})

const pointSchema = z.strictObject({
  at: time.describe('When these ten seconds began.'),
  requests: count,
  errors: count,
  p50Ms: milliseconds.nullable(),
  p99Ms: milliseconds.nullable(),
})
export type SeriesPoint = Shape<typeof pointSchema>

export const statusSchema = z
  .strictObject({
    version: z.string(),
    pid: z.int(),
    node: z.string(),
    startedAt: time,
    ready: z.boolean(),
    reasons: z.array(z.string()).describe('Why it is not ready.'),
    proxy: z.string(),
    admin: z.string(),
    generation: count,
    registry: z.string().describe('The path of the registry file.'),
    authority: z.strictObject({
      path: z.string().describe('The file that runners have to trust.'),
      subject: z.string(),
      notAfter: time,
    }),
    environment: z
      .record(z.string(), z.string())
      .describe('The variables that point a runner at the proxy, as `certhop env` gives them.'),
    connections: connectionsSchema,
    memory: z.strictObject({ rss: count.describe('Bytes.') }),
    cpuSeconds: z.number().min(0),
    reloads: z.array(registryReloadSchema).describe('Newest first.'),
    series: z.array(pointSchema).describe('The last hour, one point for ten seconds, oldest first.'),
  })
  .meta({ id: 'Status' })
export type Status = Shape<typeof statusSchema>

/** What the event `status` of /api/events carries. */
export const statusEventSchema = z
  .strictObject({ connections: connectionsSchema, point: pointSchema.nullable() })
  .meta({ id: 'StatusEvent' })
export type StatusEvent = Shape<typeof statusEventSchema>

const text = z.string().max(1024 ** 2)

const draft = {
  id: z.string().optional().describe('Its name; made from the first host when left out.'),
  host: z
    .union([z.string(), z.array(z.string())])
    .describe('A host name or a pattern over whole host names, or a list of them.'),
  port: z.int().optional().describe('Only this port.'),
  groups: z.array(z.string()).optional().describe('Only requests of one of these groups.'),
  cert: text.optional().describe('PEM: the certificate, then its intermediates.'),
  key: text.optional().describe('PEM: PKCS#8, PKCS#1 or SEC1, encrypted or not.'),
  pkcs12: text.optional().describe('A PKCS#12 bundle in base64, instead of `cert` and `key`.'),
  passphrase: z.string().max(1024).optional().describe('Of an encrypted key or bundle.'),
  ca: text.optional().describe("PEM: what the server's certificate must chain to."),
}

export const newCertificateSchema = z
  .strictObject(draft)
  .meta({ id: 'NewCertificate', description: 'With `cert` and `key`, or with `pkcs12`.' })

/** While it is being put together. */
export const draftSchema = z
  .strictObject({ ...draft, host: draft.host.optional() })
  .meta({ id: 'DraftCertificate', description: 'A new certificate, of which anything may be missing.' })
/** @public For the page. */
export type DraftCertificate = Shape<typeof draftSchema>

export const previewSchema = z
  .strictObject({
    hosts: z.array(
      z.strictObject({
        pattern: z.string(),
        rule: z.enum(['full', 'wildcard']).nullable(),
        error: z.strictObject({ message: z.string(), hint: z.string() }).nullable(),
      }),
    ),
    id: z.string().nullable().describe('The one that it would get.'),
    certificate: z
      .strictObject({
        subject: z.string(),
        issuer: z.string(),
        serialNumber: z.string(),
        fingerprint256: z.string(),
        keyType: z.string(),
        notBefore: time,
        notAfter: time,
        daysLeft: z.int(),
      })
      .nullable(),
    problems: z.array(fieldProblem).describe('What is wrong with what is there.'),
    needsPassphrase: z.boolean().describe('The key or the bundle is encrypted, and there is no passphrase.'),
    rivals: z
      .array(
        z.strictObject({
          id: z.string(),
          pattern: z.string(),
          outcome: z.enum(['wins over', 'loses to']),
          why: z.string(),
        }),
      )
      .describe('Entries that match hosts of this one, and what becomes of those.'),
    matches: z
      .array(
        z.strictObject({
          host: z.string(),
          requests: count,
          now: z.string().nullable().describe('The id of the winner.'),
          // biome-ignore lint/suspicious/noThenProperty: a word of the API; nobody awaits it.
          then: z.string().nullable(),
        }),
      )
      .describe('Hosts of the last hour that it would match: who wins them now, and who would.'),
  })
  .meta({ id: 'Preview' })
export type Preview = Shape<typeof previewSchema>

export const removalSchema = z
  .strictObject({
    id: z.string(),
    requests: count.describe('In the last hour.'),
    hosts: z
      .array(
        z.strictObject({
          host: z.string(),
          requests: count,
          next: z.string().nullable().describe('The id of who would win then.'),
        }),
      )
      .describe('Hosts of the last hour.'),
    copiedFiles: z.array(z.string()).describe('Files that are deleted with it, beside the registry.'),
  })
  .meta({ id: 'Removal' })
export type Removal = Shape<typeof removalSchema>

export const signInSchema = z
  .strictObject({ token: z.string().max(200).describe('The content of stateDirectory/admin-token.') })
  .meta({ id: 'SignIn' })

export const readySchema = z.strictObject({ ready: z.literal(true), generation: count }).meta({ id: 'Ready' })

export const notReadySchema = z
  .strictObject({ ready: z.literal(false), reasons: z.array(z.string()) })
  .meta({ id: 'NotReady' })

export const liveSchema = z.strictObject({ live: z.literal(true) }).meta({ id: 'Live' })

export const openApiSchema = z
  .looseObject({
    openapi: z.string(),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.record(z.string(), z.looseObject({})),
    components: z.looseObject({}),
  })
  .meta({ id: 'OpenApi' })
