import { isIP } from 'node:net'
import { z } from 'zod'
import { normalizeHost } from '../core/host.ts'
import { DEFAULT_TLS_POLICY, type TlsPolicy } from '../identity/tls-policy.ts'

/** SHA-256 in base64; the last character carries four bits only. */
const PIN = /^sha256\/([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/

const PIN_COMMAND =
  'openssl x509 -in SERVER.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64'

const version = z.enum(['TLSv1.2', 'TLSv1.3'], {
  error: 'must be `TLSv1.2` or `TLSv1.3`; older versions are not secure (RFC 8996), and never spoken',
})

const serverName = z.string().superRefine((text, context) => {
  if (serverNameFrom(text) !== null) return
  context.addIssue({
    code: 'custom',
    message: 'must be a host name, without scheme, port and wildcard, and no address (RFC 6066 section 3)',
    params: { hint: "write a name that the server's certificate has" },
  })
})

const pin = z
  .string()
  .superRefine((text, context) => {
    if (PIN.test(text)) return
    context.addIssue({
      code: 'custom',
      message: 'must be `sha256/` and the SHA-256 of a public key in base64, which has 44 characters',
      params: { hint: PIN_COMMAND },
    })
  })
  .meta({ pattern: PIN.source })

/** `tls` of an entry. */
export const tlsSchema = z
  .strictObject({
    minVersion: version.optional().describe('The lowest version of TLS; default TLSv1.2.'),
    maxVersion: version.optional().describe('The highest version of TLS; default TLSv1.3.'),
    serverName: serverName
      .optional()
      .describe("Sent as SNI, and what the server's certificate must be for, instead of the host."),
    http2: z.boolean().optional().describe('False speaks HTTP/1.1 only.'),
    pin: z
      .union([pin, z.array(pin).min(1)], { error: 'must be `sha256/…` or a list of such' })
      .optional()
      .describe("The key of the server's certificate, or a list of which it must have one."),
  })
  .superRefine(({ minVersion, maxVersion }, context) => {
    if (minVersion === undefined || maxVersion === undefined || minVersion <= maxVersion) return
    context.addIssue({
      code: 'custom',
      path: ['minVersion'],
      message: `must not be above \`maxVersion\`, which is ${maxVersion}`,
    })
  })

/** What an entry says of TLS, with the defaults for what it leaves out. */
export function tlsPolicyOf(written: z.infer<typeof tlsSchema> = {}): TlsPolicy {
  const { minVersion, maxVersion, http2 } = DEFAULT_TLS_POLICY
  const { serverName, pin = [] } = written
  return {
    minVersion: written.minVersion ?? minVersion,
    maxVersion: written.maxVersion ?? maxVersion,
    serverName: serverName === undefined ? null : serverNameFrom(serverName),
    http2: written.http2 ?? http2,
    pins: [pin].flat().map(text => PIN.exec(text)?.[1] ?? text),
  }
}

function serverNameFrom(text: string): string | null {
  const name = normalizeHost(text)
  return name === null || isIP(name) !== 0 || name.includes('*') ? null : name
}
