import { ABSOLUTE, CONNECT_HTTP1 } from '../arrival.ts'
import { fetcher } from '../fetcher.ts'
import { RUNNERS_FOLDER } from '../test-bed.ts'
import { commandVersion } from '../version.ts'

export const PERL = fetcher({
  name: 'Perl LWP',
  label: 'perl',
  version: bed => commandVersion(bed, 'perl', '-MLWP', '-e', 'print $LWP::VERSION'),
  get: (url, bed) => bed.run('perl', [`${RUNNERS_FOLDER}programs/get.pl`, url]),
  http: ABSOLUTE,
  https: CONNECT_HTTP1,
})
