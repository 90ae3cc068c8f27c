import { ABSOLUTE, CONNECT_HTTP1 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { commandVersion } from '../version.ts'

export const WGET = fetcher({
  name: 'wget --ca-certificate',
  label: 'wget',
  version: bed => commandVersion(bed, 'wget', '--version'),
  get(url, bed) {
    const flags = [
      '--quiet',
      '--content-on-error',
      '--output-document=-',
      `--ca-certificate=${bed.authorityFile}`,
    ]
    return bed.run('wget', [...flags, url])
  },
  http: ABSOLUTE,
  https: CONNECT_HTTP1,
})
