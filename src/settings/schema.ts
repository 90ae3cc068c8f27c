import { isIP } from 'node:net'
import { z } from 'zod'
import { formatAuthority, parseAuthority } from '../core/host.ts'
import { NAME } from '../core/name.ts'
import { parsePasswordHash } from '../core/password-hash.ts'
import { parseDuration, parseSize } from '../core/units.ts'
import { parseEgressUrl } from './egress-url.ts'
import { adminFault, exposureFault } from './listen.ts'
import { isNetwork } from './network.ts'

const MAX_DURATION = 24 * 86_400_000
const SMALLEST_HEAD = 1024

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** Milliseconds, possibly none. */
const durationOrNone = z
  .string({ error: 'must be a duration like 250ms, 30s, 5m, 1h or 2d' })
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'must be a duration like 250ms, 30s, 5m, 1h or 2d')
  .transform(text => parseDuration(text) ?? 0)
  // Timers fire at once when asked for more than 2^31 - 1 milliseconds.
  .refine(milliseconds => milliseconds <= MAX_DURATION, 'must be at most 24d')

const duration = durationOrNone.refine(milliseconds => milliseconds > 0, 'must be longer than that')

/** Bytes. */
const size = z
  .string({ error: 'must be a size like 512B, 64KiB or 1MiB' })
  .regex(/^\d{1,9}(B|KiB|MiB|GiB)$/, 'must be a size like 512B, 64KiB or 1MiB')
  .transform(text => parseSize(text) ?? 0)
  .refine(bytes => bytes >= SMALLEST_HEAD, 'must be at least 1KiB')

const path = z.string().min(1)

const userName = z
  .string()
  .refine(
    text => text.split('+').every(part => NAME.test(part)),
    'must be at most 64 of a-z, 0-9, `.`, `_` and `-`, the first a letter or a digit, or several of these joined with `+`',
  )

const passwordHash = z.string().transform((text, context) => {
  const hash = parsePasswordHash(text)
  if (hash !== null) return hash
  const message = 'must be what `certhop secrets hash-password` prints, in quotes'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const users = z
  .array(
    z.strictObject({
      name: userName.describe('Also the group; several are joined with +.'),
      passwordHash: passwordHash.describe('As `certhop secrets hash-password` prints it.'),
    }),
  )
  .superRefine((all, context) => {
    for (const [index, { name }] of all.entries()) {
      if (all.findIndex(other => other.name === name) === index) continue
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: 'is the name of another user already',
      })
    }
  })
  .default([])
  .describe('Who may use the proxy, by Basic authentication; empty for everybody that reaches it.')

const tls = z
  .strictObject({
    cert: path.describe('PEM file: the certificate, then its intermediates.'),
    key: path.describe('PEM file, not encrypted.'),
    clientCa: path
      .nullable()
      .default(null)
      .describe(
        'PEM file: runners have to show a certificate of one of these authorities, whose name is the user.',
      ),
  })
  .nullable()
  .default(null)
  .describe('TLS between runners and the proxy, as https:// in the URL of the proxy says.')

const listen = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address to listen on.'),
    port: z.int().min(0).max(65535).default(8128).describe('0 picks a free port.'),
    allowRemote: z
      .boolean()
      .default(false)
      .describe('Needed to listen on more than loopback, as are `users` or `tls.clientCa`.'),
    reusePort: z
      .boolean()
      .default(false)
      .describe('Another certhop of the same user may listen on the same ports, to take over without a gap.'),
    users,
    tls,
  })
  .superRefine((all, context) => {
    if (all.users.length > 0 && (all.tls?.clientCa ?? null) !== null) {
      const message = 'and `listen.tls.clientCa` both say who a runner is'
      const hint = 'remove one of the two: with an authority the name in the certificate is the user'
      context.addIssue({ code: 'custom', path: ['users'], message, params: { hint } })
    }
    const fault = exposureFault(all)
    if (fault === null) return
    const { message, hint } = fault
    context.addIssue({ code: 'custom', path: ['host'], message, params: { hint } })
  })

const admin = z
  .union(
    [
      z.literal('off').transform(() => null),
      z.strictObject({
        host: z
          .string()
          .min(1)
          .default('127.0.0.1')
          .superRefine((host, context) => {
            const fault = adminFault(host)
            if (fault === null) return
            const { message, hint } = fault
            context.addIssue({ code: 'custom', message, params: { hint } })
          })
          .describe('A loopback address.'),
        port: z.int().min(0).max(65535).default(8129).describe('0 picks a free port.'),
      }),
    ],
    { error: 'must be `off` or {host: ADDRESS, port: NUMBER}' },
  )
  .describe('The admin plane: page, API and metrics; or `off`.')

const resolve = z
  .record(z.string(), z.string())
  .superRefine((table, context) => {
    for (const [from, to] of Object.entries(table)) {
      if (normalizeAuthority(from) === null || normalizeAuthority(to) === null) {
        const message = 'must map `host` or `host:port` to `address` or `address:port`'
        context.addIssue({ code: 'custom', path: [from], message })
      }
    }
  })
  .transform(table => {
    const pairs = Object.entries(table).map(([from, to]) => [
      normalizeAuthority(from),
      normalizeAuthority(to),
    ])
    return Object.fromEntries(pairs) as Record<string, string>
  })

const authority = z.union(
  [
    z.enum(['persistent', 'ephemeral']),
    z.strictObject({ cert: path.describe('PEM file.'), key: path.describe('PEM file, not encrypted.') }),
  ],
  { error: 'must be `persistent`, `ephemeral` or {cert: FILE, key: FILE}' },
)

/** A CIDR, an address, or a host pattern, which is for the registry's rules to judge. */
const destinationRule = z
  .string()
  .min(1)
  .refine(
    text => !text.includes('/') || isNetwork(text),
    'must be a CIDR like 10.0.0.0/8 or fd00::/8, or a host pattern',
  )

const egressUrl = z.string().transform((text, context) => {
  const parsed = parseEgressUrl(text)
  if ('host' in parsed) return parsed
  const { message, hint } = parsed
  context.addIssue({ code: 'custom', message, params: { hint } })
  return z.NEVER
})

const egressProxy = z.union([
  z.null(),
  egressUrl.transform(proxy => ({ ...proxy, noProxy: [] })),
  z
    .strictObject({
      url: egressUrl,
      noProxy: z
        .array(destinationRule)
        .default([])
        .describe('CIDRs, addresses and host patterns that are dialled directly.'),
    })
    .transform(({ url, noProxy }) => ({ ...url, noProxy })),
])

/** What may stand in `certhop.yaml`, and the defaults. The editor's JSON Schema is made from it too. */
export const settingsSchema = z.strictObject({
  version: z.literal(1).describe('The version of this format.'),
  listen: listen.prefault({}),
  admin: admin.prefault({}),
  registry: z.string().min(1).default('./registry.yaml').describe('The file that lists the certificates.'),
  stateDirectory: path
    .optional()
    .describe(
      'Where the authority and the trust bundle are kept; default $XDG_STATE_HOME/certhop or ~/.local/state/certhop.',
    ),
  authority: authority
    .default('persistent')
    .describe("The local authority: kept in the state directory, for one process alone, or the user's own."),
  plainHttp: z
    .enum(['upgrade', 'reject'])
    .default('upgrade')
    .describe('http:// to a host with a certificate: go out over TLS, or refuse.'),
  unmatched: z.enum(['forward', 'reject']).default('forward').describe('Hosts with no certificate.'),
  requireCertificate: z
    .array(z.string().min(1))
    .default([])
    .describe('Patterns of hosts that are never reached without a certificate.'),
  resolve: resolve
    .prefault({})
    .describe('host or host:port to address or address:port, as curl --resolve and --connect-to.'),
  egressProxy: egressProxy
    .default(null)
    .describe(
      'The HTTP proxy that every connection to a server goes through: http://user:password@host:port.',
    ),
  destinations: z
    .strictObject({
      deny: z.array(destinationRule).default([]).describe('CIDRs and host patterns that are never dialled.'),
      allow: z
        .array(z.string().refine(isNetwork, 'must be an address or a CIDR, such as 169.254.10.1'))
        .default([])
        .describe("Link-local and metadata services' addresses, which are not dialled otherwise."),
      ports: z
        .array(z.int().min(1).max(65535))
        .default([])
        .describe('The only ports that may be dialled; all, if there are none.'),
    })
    .prefault({}),
  via: z.boolean().default(false).describe('Add Via (RFC 9110 section 7.6.3).'),
  upstream: z
    .strictObject({
      reuse: z
        .enum(['shared', 'connection', 'never'])
        .default('shared')
        .describe('Who shares a kept connection: everybody, one client connection, nobody.'),
      idleTimeout: duration.prefault('30s'),
      connectTimeout: duration.prefault('10s'),
      handshakeTimeout: duration.prefault('10s'),
      responseTimeout: duration.prefault('5m'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      connections: z.int().min(1).default(10_000),
      headerBytes: size.prefault('64KiB'),
      headerFields: z.int().min(1).default(256),
      headerTimeout: duration.prefault('15s'),
      idleTimeout: duration.prefault('75s'),
      tunnelIdleTimeout: duration.prefault('10m'),
    })
    .prefault({}),
  shutdownTimeout: durationOrNone
    .prefault('30s')
    .describe('How long requests in flight may take after a stop or a change.'),
  secrets: z
    .strictObject({
      identity: z
        .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: path })], {
          error: 'must be {env: NAME} or {file: PATH}',
        })
        .default({ env: 'CERTHOP_AGE_IDENTITY' })
        .describe('The age identity that opens encrypted passphrases and files whose names end in .age.'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default('info'),
      access: z.boolean().default(true).describe('One line a request.'),
      query: z.boolean().default(false).describe('Log query values; they are masked otherwise.'),
    })
    .prefault({}),
})

/** What a valid file says, defaults filled in, paths as written. */
export type SettingsFile = z.infer<typeof settingsSchema>

/** The JSON Schema (2020-12) of `certhop.yaml`, for editors. */
export function settingsJsonSchema(): object {
  return z.toJSONSchema(settingsSchema, { io: 'input' })
}

/** `host` or `host:port` in the form that is looked up; a bare IPv6 address gets its brackets. */
function normalizeAuthority(text: string): string | null {
  const authority = parseAuthority(isIP(text) === 6 ? `[${text}]` : text)
  return authority === null ? null : formatAuthority(authority.host, authority.port)
}
