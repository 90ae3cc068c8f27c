import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  bodyOf,
  type ChosenPiece,
  EMPTY_DRAFT,
  missingFrom,
  place,
  without,
} from '../../web/src/certificates/draft.ts'
import type { Part } from '../../web/src/certificates/recognise.ts'

function piece(part: Part, fileName: string = part): ChosenPiece {
  return { part, fileName, content: `<${fileName}>`, isEncrypted: false }
}

function hostsOf(hosts: string): unknown {
  return bodyOf({ ...EMPTY_DRAFT, hosts }).host
}

describe('the form for a new certificate', () => {
  test('sends nothing for what is empty', () => {
    assert.deepEqual(bodyOf(EMPTY_DRAFT), {})
    const filled = { hosts: ' a.example ', port: ' 8443 ', groups: 'one, two', id: ' a ', passphrase: ' p ' }
    assert.deepEqual(bodyOf({ files: { pkcs12: piece('pkcs12') }, ...filled }), {
      host: ['a.example'],
      port: 8443,
      groups: ['one', 'two'],
      id: 'a',
      passphrase: ' p ',
      pkcs12: '<pkcs12>',
    })
  })

  test('takes several hosts, and leaves the commas of a pattern alone', () => {
    assert.deepEqual(hostsOf('a.example b.example'), ['a.example', 'b.example'])
    assert.deepEqual(hostsOf('a.example,b.example,\n c.example'), ['a.example', 'b.example', 'c.example'])
    assert.deepEqual(hostsOf('{a,b}.example, x{1,2}.{y,z}'), ['{a,b}.example', 'x{1,2}.{y,z}'])
    assert.deepEqual(hostsOf('{a,b'), ['{a', 'b'])
  })

  test('says what is missing', () => {
    const fields = (draft: Partial<typeof EMPTY_DRAFT>) =>
      missingFrom({ ...EMPTY_DRAFT, ...draft }).map(({ field }) => field)
    assert.deepEqual(fields({}), ['cert', 'key', 'host'])
    assert.deepEqual(fields({ files: { pkcs12: piece('pkcs12') }, hosts: 'a' }), [])
    assert.deepEqual(
      fields({ files: { cert: piece('cert'), key: piece('key') }, hosts: 'a', port: 'https' }),
      ['port'],
    )
  })

  test('puts a bundle in the place of certificate and key, and the other way round', () => {
    const ca = piece('ca')
    const pair = place({ ca }, [piece('cert'), piece('key')], null)
    assert.deepEqual(Object.keys(pair).sort(), ['ca', 'cert', 'key'])
    const bundle = place(pair, [piece('pkcs12')], null)
    assert.deepEqual(Object.keys(bundle).sort(), ['ca', 'pkcs12'])
    assert.deepEqual(Object.keys(place(bundle, [piece('key')], null)).sort(), ['ca', 'key'])
  })

  test('joins authorities that come together, and takes the place of those before', () => {
    const files = place({ ca: piece('ca', 'old') }, [piece('ca', 'one'), piece('ca', 'two')], null)
    assert.equal(files.ca?.fileName, 'one, two')
    assert.equal(files.ca?.content, '<one><two>')
  })

  test('lets the place that was chosen decide what a certificate is for', () => {
    assert.equal(place({}, [piece('ca')], 'cert').cert?.part, 'cert')
    assert.equal(place({}, [piece('cert')], 'ca').ca?.part, 'ca')
    assert.equal(place({}, [piece('key')], 'cert').key?.part, 'key')
  })

  test('takes a certificate that signed itself for the client’s, when there is a key and no other', () => {
    assert.deepEqual(Object.keys(place({}, [piece('ca'), piece('key')], null)).sort(), ['cert', 'key'])
    assert.deepEqual(Object.keys(place({ cert: piece('cert') }, [piece('ca'), piece('key')], null)).sort(), [
      'ca',
      'cert',
      'key',
    ])
  })

  test('forgets what is taken away', () => {
    assert.deepEqual(without({ cert: piece('cert'), key: piece('key') }, 'key'), { cert: piece('cert') })
  })
})
