import { ABSOLUTE, CONNECT_HTTP2 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

export const JAVA = fetcher({
  name: 'Java HttpClient',
  label: 'java',
  version: bed => commandVersion(bed, 'java', '--version'),
  get: (url, bed) => bed.run('java', [`${RUNNERS_FOLDER}programs/Get.java`, url]),
  http: ABSOLUTE,
  https: CONNECT_HTTP2,
})
