// A path-MTU black hole is named where only large packets are lost again and again, and nobody says why.

import { describe, expect, test } from 'vitest'
import { BlackHole } from '../../src/watchers/quality/black-hole.ts'
import { linkOf, Measures } from './measures.ts'

const FETCH = linkOf('web-dmz-1 app-a 61004')
const OTHER = linkOf('web-dmz-1 app-a 61004')
const HOLE = 'degraded:mtu_black_hole app-a > web-dmz-1'

const hole = (): Measures => new Measures(watch => new BlackHole(watch))

/** app-a sends a packet of so many bytes five times, after twice the time each time; the third tells. */
function stuck(told: Measures, from: number, bytes = 1500, passedBytes = 620): Measures {
  for (const after of [3, 7, 15]) told.stuck(from + after, FETCH, 'server', bytes, passedBytes)
  return told
}

describe('is named where large packets are stuck', () => {
  const proofs: Readonly<Record<string, (told: Measures) => void>> = {
    'and a handshake gets through meanwhile': told => told.handshake(30, OTHER, 20),
    'and what comes behind the gap is acknowledged': told =>
      told.sent(30, FETCH, 'client', { duplicateAcks: 2 }),
    'and a larger one gets through than those before': told =>
      told.stuck(25, FETCH, 'server', 1500, 900),
  }
  for (const [name, prove] of Object.entries(proofs))
    test(name, () => {
      const told = stuck(hole(), 5)
      expect(told.said).toEqual([])
      prove(told)
      told.until(31)
      expect(told.said).toEqual([HOLE])
      expect(told.observations[0]?.confidence).toBe('probable')
    })

  test('and nothing else is lost for a minute: it is possible', () => {
    const told = stuck(hole(), 5)
    expect(told.until(79).said).toEqual([])
    expect(told.until(80).said).toEqual([HOLE])
    expect(told.observations[0]?.confidence).toBe('possible')
  })

  test('and the capture ends', () => {
    expect(stuck(hole(), 5).end(25).said).toEqual([HOLE])
  })

  test('in words that say which sizes pass, and what to do', () => {
    const [observation] = stuck(hole(), 5).handshake(30, OTHER, 20).end(31).observations
    expect(observation).toMatchObject({
      ...{ verdict: 'degraded', reason: 'mtu_black_hole', row: 'S-06', service: 'tcp/61004' },
      ...{ firstNs: 8e9, lastNs: 20e9 },
    })
    expect(observation?.fix).toContain('clamp the MSS of TCP to 580')
    expect(observation?.fix).toContain('type 3, code 4')
    expect(observation?.why).toEqual([
      'Packets of 1500 bytes were sent again and again in vain: 3 times from 8 s to 20 s.',
      'Packets of up to 620 bytes were acknowledged. Small ones passed while large ones were stuck.',
      'No router was heard to say that a packet is too big.',
    ])
  })

  test('once, however often it goes on', () => {
    const told = stuck(hole(), 5).handshake(30, OTHER, 20)
    told.stuck(40, FETCH, 'server', 1492, 620)
    told.until(60)
    expect(told.said).toEqual([HOLE, `+ ${HOLE}`])
    expect(told.observations[1]?.why[0]).toContain('Packets of 1492 to 1500 bytes')
  })
})

describe('is not named', () => {
  const cases: Readonly<Record<string, (told: Measures) => void>> = {
    'where a router says that packets are too big': told => void stuck(told, 5).tooBig(6, OTHER),
    'where small packets are lost as well': told =>
      void stuck(told, 5).stuck(25, OTHER, 'server', 300, 0),
    'where packets of the same size pass': told =>
      void stuck(told, 5).stuck(25, OTHER, 'server', 1500, 1500),
    'where nothing has passed before': told => void stuck(told, 5, 1500, 0),
    'where what is stuck is small': told => void stuck(told, 5, 560, 120),
    'where packets were stuck twice only': told =>
      void told.stuck(8, FETCH, 'server', 1500, 620).stuck(12, FETCH, 'server', 1500, 620),
    'between others': told => {
      for (const at of [8, 12, 20])
        told.stuck(at, linkOf('app-a media-1a 2010'), 'client', 1500, 620)
    },
  }
  for (const [name, tell] of Object.entries(cases))
    test(name, () => {
      const told = hole()
      tell(told)
      told.handshake(26, OTHER, 20)
      expect(told.end(300).said).toEqual([])
    })

  test('for the other direction', () => {
    const told = hole()
    for (const at of [8, 12]) told.stuck(at, FETCH, 'server', 1500, 620)
    told.stuck(20, FETCH, 'client', 1500, 620)
    expect(told.end(300).said).toEqual([])
  })

  test('for what is long over', () => {
    const told = hole()
    told.stuck(8, FETCH, 'server', 1500, 620).stuck(12, FETCH, 'server', 1500, 620)
    told.stuck(700, FETCH, 'server', 1500, 620)
    expect(told.end(800).said).toEqual([])
  })
})

test('is the cause of what is lost that way', () => {
  let watcher: BlackHole | null = null
  const told = new Measures(watch => {
    watcher = new BlackHole(watch)
    return watcher
  })
  const causeOf = (back: boolean) => {
    const ends = [FETCH.server, FETCH.client] as const
    return watcher?.causeOf(ends[back ? 1 : 0], ends[back ? 0 : 1])
  }
  stuck(told, 5)
  expect(causeOf(false)).toBe(null)
  told.handshake(30, OTHER, 20).until(31)
  expect(causeOf(false)).toBe(
    'Packets of 1500 bytes are lost again and again and smaller ones pass: a path-MTU black hole.',
  )
  expect(causeOf(true)).toBe(null)
})
