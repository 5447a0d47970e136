// Flows and the clock of the capture: silence, long life, and packet times that cannot be true.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Frame, handshake, SECOND_NS, tcp, udp } from '../support/frames.ts'
import { line, lines, replay } from '../support/kernel.ts'
import { walk } from './walk.ts'

const TCP = 'tcp 10.0.0.1:1000 > 10.0.0.2:80'
const UDP = 'udp 10.0.0.1:1000 > 10.0.0.2:53'
const OPEN = handshake(0, 'a:1000 > b:80')
const YEAR = 365 * 24 * 3600

const ask = (seconds: number): Frame => udp(seconds, 'a:1000 > b:53')
const answer = (seconds: number): Frame => udp(seconds, 'b:53 > a:1000')
/** Somebody else's packet: nothing but a move of the clock. */
const clock = (seconds: number): Frame => udp(seconds, 'y:9 > z:9')
const ofUs = (all: readonly string[]): readonly string[] =>
  all.filter(text => !/10\.0\.0\.2[56]/.test(text))

/** What a story leaves behind when its last packet has gone and the clock has reached `seconds`. */
const closedBy = (seconds: number, frames: readonly Frame[]): readonly string[] =>
  ofUs(lines([...frames, clock(seconds)])).filter(text => !/capture_end$/.test(text))

describe('silence ends the record of', () => {
  const fins = [tcp(1, 'a:1000 > b:80', 'FIN+ACK'), tcp(1, 'b:80 > a:1000', 'FIN+ACK')]
  const stories: readonly (readonly [
    what: string,
    Frame[],
    lastSeconds: number,
    idle: number,
    string,
  ])[] = [
    ['an attempt after 30 s', [...OPEN.slice(0, 1)], 0, 30, `${TCP} syn 1/0 idle`],
    ['an open connection after 600 s', [...OPEN], 0.2, 600, `${TCP} syn 2/1 idle`],
    ['a finished connection after 10 s', [...OPEN, ...fins], 1, 10, `${TCP} syn 3/2 closed`],
    [
      'a reset connection after 10 s',
      [...OPEN, tcp(1, 'b:80 > a:1000', 'RST')],
      1,
      10,
      `${TCP} syn 2/2 closed`,
    ],
    ['datagrams after 60 s', [ask(0), answer(1)], 1, 60, `${UDP} first_packet 1/1 idle`],
  ]
  for (const [what, frames, last, idle, record] of stories)
    test(`${what}, and not before`, () => {
      const second = Math.floor(last + idle)
      expect(closedBy(second, frames)).toEqual([])
      expect(closedBy(second + 1, frames)).toEqual([record])
    })

  test('a flow whose own next packet is the first to come after it', () => {
    expect(lines([ask(0), ask(61)])).toEqual([
      `${UDP} first_packet 1/0 idle`,
      `${UDP} first_packet 1/0 capture_end`,
    ])
  })
})

describe('a connection that rested', () => {
  test('goes on in a record of its own, with its direction and handshake known', () => {
    const later = tcp(700, 'b:80 > a:1000', 'ACK', { data: 5 })
    const { records } = replay([...OPEN, later])
    expect(records.map(line)).toEqual([`${TCP} syn 2/1 idle`, `${TCP} syn 0/1 capture_end resumed`])
    expect(records[1]).toMatchObject({ firstNs: 700 * SECOND_NS, lastNs: 700 * SECOND_NS })
    expect(records[1]?.tcp?.synAck?.ttl).toBe(64)
  })

  test('is forgotten after a day', () => {
    const hours = Array.from({ length: 26 }, (_, hour) => clock(hour * 3590))
    const day = 24.5 * 3600
    expect(ofUs(lines([...OPEN, ...hours, tcp(day + 3600, 'b:80 > a:1000', 'ACK')]))).toEqual([
      `${TCP} syn 2/1 idle`,
      `${TCP} service_seen 0/1 capture_end`,
    ])
  })

  test('may not have been refused or closed: those begin anew', () => {
    const reset = tcp(1, 'b:80 > a:1000', 'RST')
    expect(lines([...OPEN, reset, tcp(20, 'a:1000 > b:80', 'ACK')])).toEqual([
      `${TCP} syn 2/2 closed`,
      `${TCP} service_seen 1/0 capture_end`,
    ])
  })
})

test('a flow that never rests gets a record every half an hour', () => {
  const asked = Array.from({ length: 91 }, (_, index) => ask(index * 41))
  expect(lines(asked)).toEqual([
    `${UDP} first_packet 44/0 active`,
    `${UDP} first_packet 44/0 active resumed`,
    `${UDP} first_packet 3/0 capture_end resumed`,
  ])
})

describe('a packet that claims to come from', () => {
  test('a year ahead neither moves the clock nor ends what others do', () => {
    const { records, ledger } = replay([ask(0), ...OPEN, udp(YEAR, 'c:1 > d:1'), ask(1), clock(2)])
    expect(records.map(({ end }) => end)).toEqual(Array(4).fill('capture_end'))
    expect(ledger.reasons).toMatchObject({ 'note.time_wild': 1 })
  })

  test('a year ahead is believed when three in a row agree', () => {
    const wild = [YEAR, YEAR + 1, YEAR + 2].map(clock)
    expect(ofUs(lines([ask(0), ...wild.slice(0, 2)]))).toEqual([
      `${UDP} first_packet 1/0 capture_end`,
    ])
    expect(ofUs(lines([ask(0), ...wild]))).toEqual([`${UDP} first_packet 1/0 idle`])
  })

  test('a year ahead is not believed when sober ones come between', () => {
    const mixed = [clock(YEAR), clock(1), clock(YEAR), clock(2), clock(YEAR), clock(3)]
    expect(ofUs(lines([ask(0), ...mixed]))).toEqual([`${UDP} first_packet 1/0 capture_end`])
  })

  test('before all others does not hold up the clock when three agree against it', () => {
    const frames = [udp(YEAR, 'c:1 > d:1'), ...[0, 1, 2].map(clock), ask(3), clock(64)]
    expect(ofUs(lines(frames)).slice(0, 1)).toEqual([`${UDP} first_packet 1/0 idle`])
  })

  test('a year ahead does not end its own flow', () => {
    expect(lines([ask(0), ask(YEAR), answer(1)])).toEqual([`${UDP} first_packet 2/1 capture_end`])
  })

  test('a day ago does not end its own flow', () => {
    const story = [ask(0), ask(-24 * 3600), answer(1), ask(2), ask(3)]
    expect(lines(story)).toEqual([`${UDP} first_packet 4/1 capture_end`])
  })

  test('a year ahead does not keep its flow from ageing', () => {
    expect(closedBy(200, [ask(0), ask(YEAR), ask(1), clock(100)])).toContain(
      `${UDP} first_packet 3/0 idle`,
    )
  })

  test('a year ahead does not date a flow that goes on now', () => {
    const { records } = replay([clock(0), ask(YEAR), ask(1), ask(2)])
    const { firstNs } = records.find(({ server }) => server.port === 53) ?? {}
    expect(firstNs).toBeLessThanOrEqual(SECOND_NS)
  })
})

describe('a clock that is set back by less than an hour', () => {
  const BACK = 3000
  /** Three seconds of packets, then so many half a second apart after the clock was set back. */
  const story = (count: number): readonly Frame[] => [
    ...[BACK, BACK + 1, BACK + 2].map(clock),
    ask(BACK + 2),
    ...Array.from({ length: count }, (_, index) => udp(index / 2, 'c:1 > d:1')),
    tcp(count / 2, 'a:1000 > b:80', 'SYN'),
    udp(count / 2 + 40, 'c:1 > d:1'),
  ]
  const attempt = (count: number) =>
    lines(story(count)).filter(text => text.startsWith(`${TCP} syn`))

  test('is believed after a hundred packets, so that records end again', () => {
    expect(attempt(100)).toEqual([`${TCP} syn 1/0 idle`])
  })

  test('is not believed before', () => {
    expect(attempt(90)).toEqual([`${TCP} syn 1/0 capture_end`])
  })
})

describe('a packet from the recent past', () => {
  test('is counted, and moves the beginning of its flow back', () => {
    const { records, ledger } = replay([ask(10), ask(9.5)])
    expect(records[0]).toMatchObject({ firstNs: 9.5 * SECOND_NS, lastNs: 10 * SECOND_NS })
    expect(ledger.reasons).toMatchObject({ 'note.time_backwards': 1 })
  })

  test('leaves no duration below zero, in whatever order a second comes', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 }), order => {
        const { records } = replay(order.map(tenth => ask(5 + tenth / 10)))
        expect(records).toMatchObject([
          { firstNs: 5 * SECOND_NS, lastNs: 5.9 * SECOND_NS, toServer: { packets: 10 } },
        ])
      }),
      { seed: 11, numRuns: 50 },
    )
  })
})

test('a jump to the year 2106 needs three packets, and the first two are booked where the clock stands', () => {
  const far = 2 ** 32
  expect(lines([ask(-5), ask(-4), ...[far, far + 1, far + 2].map(ask)])).toEqual([
    `${UDP} first_packet 4/0 idle`,
    `${UDP} first_packet 1/0 capture_end`,
  ])
})

// Goal: the cutting into chunks changes nothing.
// Method: a walk of packets and clock jumps in chunks of every small size, and all in one.
describe('the same packets', () => {
  const frames = walk({ seed: 9, steps: 3000, conversations: 80 }).map(({ frame }) => frame)
  const whole = replay(frames)

  for (const chunkPackets of [1, 2, 7, 100])
    test(`in chunks of ${chunkPackets} make the same records in the same order`, () => {
      const { records, ledger } = replay(frames, { chunkPackets })
      expect(records).toEqual(whole.records)
      expect(ledger).toEqual(whole.ledger)
    })

  test('in chunks of any size make the same records, also where flows must be evicted', () => {
    const bounds = { halfOpenMax: 8, fullMax: 12, addressesMax: 10 }
    const bounded = replay(frames, bounds)
    expect(bounded.ledger.flows.evicted).toBeGreaterThan(100)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), chunkPackets => {
        expect(replay(frames, { ...bounds, chunkPackets }).records).toEqual(bounded.records)
      }),
      { seed: 12, numRuns: 8 },
    )
  })

  test('under another seed of the index make the same records in the same order', () => {
    expect(replay(frames, { seed: -123_456 }).records).toEqual(whole.records)
  })
})
