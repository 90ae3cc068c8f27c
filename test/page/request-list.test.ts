import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RequestList } from '../../web/src/traffic/request-list.ts'
import { manyRequests, shownRequest } from './requests.ts'

function idsOf(list: RequestList): (string | undefined)[] {
  return Array.from({ length: list.length }, (_, index) => list.at(index)?.requestId)
}

describe('the requests that the page keeps', () => {
  test('are listed the newest first, each once', () => {
    const list = new RequestList()
    list.add(manyRequests(3))
    list.add(manyRequests(3, 2))
    assert.deepEqual(idsOf(list), ['test-4', 'test-3', 'test-2', 'test-1'])
    assert.equal(list.indexOf('test-2'), 2)
    assert.equal(list.indexOf('test-9'), -1)
  })

  test('are the latest so many', () => {
    const list = new RequestList(10)
    for (const request of manyRequests(25)) list.add([request])
    assert.equal(list.total, 10)
    assert.equal(list.at(0)?.requestId, 'test-25')
    assert.equal(list.at(9)?.requestId, 'test-16')
    assert.equal(list.find('test-15'), undefined)
    list.add(manyRequests(30, 26))
    assert.deepEqual([list.total, list.at(0)?.requestId, list.at(10)], [10, 'test-55', undefined])
  })

  test('are filtered as they come and as they go', () => {
    const list = new RequestList(10)
    list.add(manyRequests(5))
    list.filter(({ requestId }) => Number(requestId.slice(5)) % 2 === 0)
    assert.deepEqual(idsOf(list), ['test-4', 'test-2'])
    list.add(manyRequests(8, 6))
    assert.deepEqual([list.total, idsOf(list)], [10, ['test-12', 'test-10', 'test-8', 'test-6', 'test-4']])
    list.filter(() => true)
    assert.equal(list.length, 10)
  })

  test('stay as they are while the list is held, and those that wait are counted as the filter has it', () => {
    const list = new RequestList()
    list.add(manyRequests(3))
    list.hold()
    list.add(manyRequests(4, 2))
    assert.deepEqual([idsOf(list), list.waiting], [['test-3', 'test-2', 'test-1'], 2])
    assert.equal(list.find('test-5')?.requestId, 'test-5')
    list.filter(({ requestId }) => requestId === 'test-5')
    assert.equal(list.waiting, 1)
    list.release()
    assert.deepEqual([idsOf(list), list.waiting, list.total], [['test-5'], 0, 5])
  })

  test('wait in no greater number than are kept', () => {
    const list = new RequestList(10)
    list.add(manyRequests(10))
    list.hold()
    list.add(manyRequests(100, 11))
    assert.equal(list.waiting, 10)
    assert.equal(list.at(0)?.requestId, 'test-10')
    list.release()
    assert.deepEqual([list.total, list.at(0)?.requestId, list.at(9)?.requestId], [10, 'test-110', 'test-101'])
  })

  test('are gone after a sign-out', () => {
    const list = new RequestList()
    list.add([shownRequest()])
    list.clear()
    assert.equal(list.total, 0)
    list.add([shownRequest()])
    assert.equal(list.length, 1)
  })
})
