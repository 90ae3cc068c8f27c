import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** What a runner gets that asks the proxy for `url`, an http:// one, in absolute-form. */
export function ask(proxyUrl: string, url: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(proxyUrl)
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  const headers = { host: new URL(url).host }
  request({ hostname, port, path: url, headers }, async response => {
    resolve({ status: response.statusCode ?? 0, body: await text(response) })
  })
    .on('error', reject)
    .end()
  return promise
}
