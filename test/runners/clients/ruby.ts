import { ABSOLUTE, CONNECT_HTTP1 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

export const RUBY = fetcher({
  name: 'Ruby net/http',
  label: 'ruby',
  version: bed => commandVersion(bed, 'ruby', '--version'),
  get: (url, bed) => bed.run('ruby', [`${RUNNERS_FOLDER}programs/get.rb`, url]),
  http: ABSOLUTE,
  https: CONNECT_HTTP1,
})
