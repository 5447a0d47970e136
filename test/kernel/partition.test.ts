// Bounds: what a full table gives up, what it keeps, and that the books close all the same.

import { describe, expect, test } from 'vitest'
import type { FlowRecord } from '../../src/model/flow.ts'
import { openEquations } from '../../src/model/ledger.ts'
import { type Frame, handshake, tcp, udp } from '../support/frames.ts'
import { line, replay } from '../support/kernel.ts'

const CAPACITY = 100
const ESTABLISHED = 50
const BOUNDS = { halfOpenMax: CAPACITY, fullMax: CAPACITY }

const established = Array.from({ length: ESTABLISHED }, (_, index) =>
  handshake(0, `a:${1000 + index} > b:80`),
).flat()
/** They are heard of again when the flood is over. */
const goOn = Array.from({ length: ESTABLISHED }, (_, index) =>
  tcp(5, `a:${1000 + index} > b:80`, 'ACK', { acknowledgement: 5002 }),
)
const flood = Array.from({ length: 3 * CAPACITY }, (_, index) => 2000 + index)
const syns = flood.map(port => tcp(2, `c:${port} > b:80`, 'SYN', { sequence: 9 }))
const isEstablished = ({ client }: FlowRecord) => client.address.text === '10.0.0.1'

/** How many of the established connections are whole: one record each, with all four packets. */
function untouched(attack: readonly Frame[]): number {
  const { records, ledger } = replay([...established, ...attack, ...goOn], BOUNDS)
  expect(openEquations(ledger)).toEqual([])
  const whole = `syn 3/1 capture_end`
  return records.filter(record => isEstablished(record) && line(record).endsWith(whole)).length
}

describe('established connections are untouched by', () => {
  test('a flood of SYNs three times as many as there is room for', () => {
    expect(untouched(syns)).toBe(ESTABLISHED)
    expect(replay([...established, ...syns], BOUNDS).ledger.flows.evicted).toBe(2 * CAPACITY)
  })

  test('a flood of SYNs each of which is sent twice', () => {
    expect(untouched(syns.flatMap(syn => [syn, syn]))).toBe(ESTABLISHED)
  })

  test('a flood of single datagrams', () => {
    expect(untouched(flood.map(port => udp(2, `c:${port} > b:53`)))).toBe(ESTABLISHED)
  })

  // A port that is open answers a flood, and the connections stay half-open all the same.
  test('a flood of SYNs that the server answers and nobody confirms', () => {
    const answers = flood.map(port =>
      tcp(2, `b:80 > c:${port}`, 'SYN+ACK', { acknowledgement: 10 }),
    )
    expect(untouched(interleaved(syns, answers))).toBe(ESTABLISHED)
  })

  test('a flood of SYNs that the server refuses', () => {
    const answers = flood.map(port => tcp(2, `b:80 > c:${port}`, 'RST+ACK'))
    expect(untouched(interleaved(syns, answers))).toBe(ESTABLISHED)
  })
})

describe('a table that is full of established flows', () => {
  const crowd = Array.from({ length: CAPACITY + 20 }, (_, index) =>
    handshake(index / 10, `a:${1000 + index} > b:80`),
  ).flat()

  test('gives up as many as come beyond its room, each with a record', () => {
    const { records, before } = replay(crowd, BOUNDS)
    expect(before.flows).toMatchObject({ created: 120, live: 100, evicted: 20, ended: 0 })
    expect(records.filter(({ end }) => end === 'evicted')).toHaveLength(20)
    expect(openEquations(before)).toEqual([])
  })

  test('forgets flows at rest without a word, for their records are closed', () => {
    const asleep = [...established, udp(300, 'y:1 > z:1'), udp(650, 'y:1 > z:1')]
    const late = Array.from({ length: 60 }, (_, index) => handshake(651, `d:${index} > b:80`))
    const { before, ledger } = replay([...asleep, ...late.flat()], BOUNDS)
    expect(before.reasons).toMatchObject({ 'note.dormant_forgotten': 10 })
    expect(before.flows.evicted).toBe(0)
    expect(openEquations(ledger)).toEqual([])
  })
})

test('an attempt that was closed for its age is not closed again for want of room', () => {
  const tries = Array.from({ length: 91 }, (_, index) => tcp(index * 20.01, 'a:1 > b:80', 'SYN'))
  const { ledger } = replay([...tries, udp(1802.5, 'c:1 > d:2')], { halfOpenMax: 1 })
  expect(openEquations(ledger)).toEqual([])
})

describe('IPv6 addresses', () => {
  const talk = (seconds: number, way: string) => udp(seconds, way)

  test('get their numbers back when their flows are gone', () => {
    const frames = [
      ...[talk(0, 'A:1 > B:1'), talk(70, 'y:1 > z:1'), talk(71, 'C:1 > D:1')],
      ...[talk(150, 'y:1 > z:1'), talk(151, 'E:1 > F:1')],
    ]
    const { ledger } = replay(frames, { addressesMax: 2 })
    expect(ledger.flows.unflowed).toBe(0)
  })

  test('of a flow that goes on keep their numbers while others come and go', () => {
    const frames = Array.from({ length: 10 }, (_, index) => [
      talk(50 * index, 'A:1 > B:1'),
      talk(50 * index + 1, `A:${100 + index} > ${'CDEFGHIJKL'[index]}:1`),
    ]).flat()
    const { records, ledger } = replay(frames, { addressesMax: 4 })
    expect(records.filter(({ server }) => server.address.text === '2001:db8::2')).toHaveLength(1)
    expect(ledger.flows.unflowed).toBe(0)
  })

  test('without room leave their packets unflowed, and those of known ones are counted', () => {
    const frames = [talk(0, 'A:1 > B:1'), talk(1, 'A:1 > C:1'), talk(2, 'C:1 > D:1')]
    const { records, ledger } = replay([...frames, talk(3, 'B:1 > A:1')], { addressesMax: 2 })
    expect(records.map(line)).toEqual([
      'udp 2001:db8::1:1 > 2001:db8::2:1 first_packet 1/1 capture_end',
    ])
    expect(ledger.flows).toMatchObject({ in_flow: 2, unflowed: 2 })
  })
})

const interleaved = (one: readonly Frame[], other: readonly Frame[]): readonly Frame[] =>
  one.flatMap((frame, index) => [frame, other[index] ?? frame])
