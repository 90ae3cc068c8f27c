import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { writeRegistry } from '../support/proxy.ts'
import { LONG, section } from './section.ts'
import { ENTRIES, type Subject } from './subject.ts'
import { Path, WAYS } from './ways.ts'

const fault = section('Crashes', null)

/** About as long as a start takes on a quiet machine, in milliseconds. */
const START = 800

async function kill({ command }: Subject): Promise<void> {
  command.signal('SIGKILL')
  assert.equal(await command.exit(), null)
}

function authorityOf({ folder }: Subject): Promise<string> {
  return readFile(join(folder, 'state', 'authority.pem'), 'utf8')
}

fault(
  'SIGKILL at random moments of the first start, time after time',
  'the next start puts right what was left half-written, and its authority stays from then on',
  async scene => {
    const rounds = LONG ? 20 : 2
    for (let round = 0; round < rounds; round += 1) {
      const first = await scene.launch()
      const { folder } = first
      for (let time = 0; time < 3; time += 1) {
        const certhop = time === 0 ? first : await scene.launch({ folder })
        await setTimeout(scene.random.below(START))
        await kill(certhop)
      }
      const whole = await scene.start({ folder })
      const authority = await authorityOf(whole)
      await kill(whole)
      const next = await scene.start({ folder })
      assert.equal(await authorityOf(next), authority)
      await next.assertWell()
      await next.stop()
    }
    return `${3 * rounds} kills`
  },
)

fault(
  'SIGKILL under requests on every way and a change of the registry',
  'runners and servers see their connections end, and the next start serves by the new registry',
  async scene => {
    const first = await scene.start()
    const { folder } = first
    const paths = await Promise.all(WAYS.map(way => Path.open(scene, way, first)))
    const asked = await Promise.all(paths.map(path => path.ask('POST', 'Content-Length: 6\r\n\r\nabc')))
    const [api] = ENTRIES
    assert(api)
    const changing = writeRegistry(folder, [api, { ...api, id: 'new', host: 'new.test' }])
    await kill(first)
    for (const { runner, peer } of asked) await Promise.all([runner.untilEnd(), peer.untilEnd()])
    await changing
    const next = await scene.start({ folder, entries: [api, { ...api, id: 'new', host: 'new.test' }] })
    await next.command.errorLine(/"added":\["api","new"\]/)
  },
)
