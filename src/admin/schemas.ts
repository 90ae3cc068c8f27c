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

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:certhop:error:CODE`, or `about:blank` where the status says it all.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    hint: z.string().optional().describe('What to do.'),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string(), hint: z.string() }))
      .optional()
      .describe('What is wrong with single fields of the request.'),
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
export type ShownRecord = Shape<typeof shownRecordSchema>

export const requestsSchema = z
  .strictObject({ requests: z.array(shownRecordSchema).max(500) })
  .meta({ id: 'Requests', description: 'Newest first.' })
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

export const signInSchema = z
  .strictObject({ token: z.string().max(200).describe('The content of stateDirectory/admin-token.') })
  .meta({ id: 'SignIn' })

export const readySchema = z.strictObject({ ready: z.literal(true), generation: count }).meta({ id: 'Ready' })

export const notReadySchema = z
  .strictObject({ ready: z.literal(false), reasons: z.array(z.string()) })
  .meta({ id: 'NotReady' })

export const liveSchema = z.strictObject({ live: z.literal(true) }).meta({ id: 'Live' })
