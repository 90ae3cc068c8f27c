import { readFileSync } from 'node:fs'
import { openAuthority } from '../../src/authority/authority.ts'

// Says that it is loaded, waits for the word to start, opens the authority of a folder and prints what it found.
const [, , stateDirectory = ''] = process.argv
process.stdout.write('loaded\n')
process.stdin.once('data', async () => {
  const { files } = await openAuthority({ stateDirectory, authority: 'persistent' })
  const [certificate, bundle] = [readFileSync(files.certificate, 'utf8'), readFileSync(files.bundle, 'utf8')]
  process.stdout.write(`${JSON.stringify({ certificate, bundled: bundle.endsWith(certificate) })}\n`)
  process.exit()
})
