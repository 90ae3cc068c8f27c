import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { playRequests, playResponses } from '../support/feed.ts'
import { octetsOf, type Payload } from './corpus/payload.ts'
import { REQUEST_ATTACKS } from './corpus/requests.ts'
import { RESPONSE_ATTACKS } from './corpus/responses.ts'

function verdictOf({ taken, behind, next }: Payload): string {
  if (next === 'none') return taken.length === 1 ? 'is one message' : `is ${taken.length} messages`
  const end = { waits: 'waits', closed: 'is never read', tunnel: 'is the tunnel', surplus: 'is surplus' }
  const rest = next in end ? end[next as keyof typeof end] : `is refused as ${next}`
  return taken.length === 0 || behind === '' ? rest : `ends, and what follows ${rest}`
}

function check(
  payload: Payload,
  played: ReturnType<typeof playRequests> | ReturnType<typeof playResponses>,
): void {
  const octets = octetsOf(payload).toString('latin1')
  const taken = played.messages.map(({ start, end }) => octets.slice(start, end))
  assert.deepEqual({ taken, next: played.rest }, { taken: payload.taken, next: payload.next }, payload.reason)
}

describe('what a runner may smuggle', () => {
  for (const payload of REQUEST_ATTACKS) {
    it(`${payload.attack}: ${payload.name} ${verdictOf(payload)}`, () => {
      check(payload, playRequests(octetsOf(payload).toString('latin1')))
    })
  }
})

describe('what a server may smuggle', () => {
  for (const payload of RESPONSE_ATTACKS) {
    it(`${payload.attack}: ${payload.name} ${verdictOf(payload)}`, () => {
      check(payload, playResponses(octetsOf(payload).toString('latin1'), [...payload.methods]))
    })
  }
})

it('every payload has a name and octets of its own', () => {
  for (const payloads of [REQUEST_ATTACKS, RESPONSE_ATTACKS]) {
    assert.equal(new Set(payloads.map(({ name }) => name)).size, payloads.length)
    const octets = payloads.map(
      payload => `${'methods' in payload ? payload.methods : ''} ${octetsOf(payload).toString('latin1')}`,
    )
    assert.deepEqual(
      octets.filter((text, index) => octets.indexOf(text) !== index),
      [],
    )
  }
})
