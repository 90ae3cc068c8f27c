import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Answer } from './answer.ts'
import type { Load, Target } from './load.ts'

const run = promisify(execFile)

/**
 * What a check is that runs as a program of its own: a new curl asks once, through the proxy or the server itself. Resolves
 * with the answer and the milliseconds from the start of the transfer, in which curl also reads its certificates.
 */
export async function curl({ exchange }: Load, target: Target): Promise<readonly [Answer, number]> {
  const { proxy, host, port, ca, client } = target
  const { stdout } = await run('curl', [
    ...['--silent', '--show-error', '--http1.1', '--noproxy', '', '--cacert', ca],
    ...(client === null ? [] : ['--cert', client.cert, '--key', client.key]),
    ...(proxy === null ? ['--resolve', `${host}:${port}:127.0.0.1`] : ['--proxy', proxy]),
    ...['--write-out', '\n%{http_code} %{size_download} %{time_total}', '--output', '-'],
    `https://${host}:${port}${exchange.path}`,
  ])
  const end = stdout.lastIndexOf('\n')
  const [status, bodyBytes, took] = stdout
    .slice(end + 1)
    .split(' ')
    .map(Number) as [number, number, number]
  return [{ status, identity: stdout.slice(0, end), bodyBytes }, took * 1000]
}
