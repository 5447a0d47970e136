// Goal: what an exchange of NTP tells of clocks is true within the bound that is said with it.
// Method: clocks, ways and sensors drawn from a fixed seed; the truth is the generator's.

import { describe, expect, test } from 'vitest'
import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import type { NtpQuality } from '../../src/model/quality.ts'
import { TimeExchanges } from '../../src/quality/ntp.ts'
import { apartMs, type Clock, clockNs } from './clock-world.ts'
import { messageOf, NO_TIME, ntpTimeOf, seenAt } from './messages.ts'

const between = (random: Random, low: number, high: number): number =>
  low + (random() / 2 ** 32) * (high - low)

interface World {
  readonly client: Clock
  readonly server: Clock
  readonly sensor: Clock
  /** Client to sensor, sensor to server, and back, in milliseconds; each packet takes up to so much longer. */
  readonly ways: readonly [number, number, number, number]
  readonly jitterMs: number
  readonly isTelling: boolean
  readonly isPeer: boolean
}

const ways = (random: Random, longest: number) =>
  [0, 1, 2, 3].map(() => between(random, 0, longest)) as unknown as World['ways']

/** Exchanges of one minute after the other, and what is true when each is over. */
function* exchanges(world: World, random: Random, count: number) {
  const { client, server, sensor, isPeer } = world
  const all = new TimeExchanges()
  const way = (index: 0 | 1 | 2 | 3) =>
    (world.ways[index] + between(random, 0, world.jitterMs)) * 1e6
  let told = { origin: NO_TIME, receive: NO_TIME }
  for (let index = 0; index < count; index++) {
    const askedNs = (10 + 64 * index) * 1e9
    const t1 = ntpTimeOf(clockNs(client, askedNs))
    const c1 = askedNs + way(0)
    const request = messageOf({
      mode: isPeer ? 1 : 3,
      transmit: t1,
      precision: client.tickMs === undefined ? -20 : -6,
      ...(world.isTelling ? told : {}),
    })
    all.take(request, seenAt(clockNs(sensor, c1), false))
    const t2Ns = c1 + way(1)
    // A peer answers with its own next message.
    const t3Ns = t2Ns + (isPeer ? between(random, 1, 60) * 1e9 : between(random, 0, 1e6))
    const c2 = t3Ns + way(2)
    const t3 = ntpTimeOf(clockNs(server, t3Ns))
    const answer = messageOf({
      ...{
        mode: isPeer ? 1 : 4,
        origin: t1,
        receive: ntpTimeOf(clockNs(server, t2Ns)),
        transmit: t3,
      },
    })
    const record = all.take(answer, seenAt(clockNs(sensor, c2), true))
    const t4Ns = c2 + way(3)
    told = { origin: t3, receive: ntpTimeOf(clockNs(client, t4Ns)) }
    yield {
      record: record as NtpQuality,
      offsetMs: apartMs(client, server, c2),
      serverMs: apartMs(server, sensor, c2),
      clientMs: apartMs(client, sensor, c1),
    }
  }
}

describe('offsets are within their bound', () => {
  const kinds = {
    'right clocks, short ways': { off: 0, ppm: 0, longest: 2, jitter: 0.5 },
    'clocks seconds apart, short ways': { off: 30_000, ppm: 0, longest: 2, jitter: 1 },
    'clocks that drift': { off: 5000, ppm: 200, longest: 5, jitter: 2 },
    'long ways that differ': { off: 2000, ppm: 20, longest: 120, jitter: 60 },
    'coarse clocks': { off: 2000, ppm: 20, longest: 10, jitter: 2, tickMs: 15.625 },
  }
  for (const [title, { off, ppm, longest, jitter, ...more }] of Object.entries(kinds))
    for (const isTelling of [true, false])
      for (const isPeer of [true, false])
        test(`${title}, ${isTelling ? 'T4 told' : 'T4 hidden'}, ${isPeer ? 'peers' : 'client and server'}`, () => {
          const random = seeded(7)
          const clock = (tickMs?: number): Clock => ({
            ...{ aheadMs: between(random, -off, off), ppm: between(random, -ppm, ppm) },
            ...(tickMs === undefined ? {} : { tickMs }),
          })
          for (let round = 0; round < 50; round++) {
            const tickMs = 'tickMs' in more ? more.tickMs : undefined
            const world: World = {
              ...{ client: clock(tickMs), server: clock(), sensor: clock(), isTelling, isPeer },
              ...{ ways: ways(random, longest), jitterMs: jitter },
            }
            let index = 0
            for (const { record, offsetMs, serverMs, clientMs } of exchanges(world, random, 6)) {
              const fine = tickMs === undefined ? 0 : tickMs
              const bound = record.uncertaintyMs
              expect(Math.abs((record.offsetMs as number) - offsetMs)).toBeLessThanOrEqual(bound)
              expect(Math.abs((record.sensorOffsetMs as number) - serverMs)).toBeLessThanOrEqual(
                record.sensorUncertaintyMs,
              )
              const late = clientMs - (record.clientOffsetMs as number)
              expect(late).toBeGreaterThanOrEqual(-0.001)
              expect(late).toBeLessThanOrEqual(record.clientLegMs + fine + 0.001)
              // From the second on the way to the client is known by what it tells.
              if (isTelling && index > 0 && longest < 10 && !isPeer)
                expect(bound).toBeLessThan(100 + 2 * fine)
              index++
            }
          }
        })
})

/** A client that asks at 10 s, answered 2 ms later; the sensor is half way. */
function asked(all: TimeExchanges, at: number, told: { client?: object; server?: object } = {}) {
  const ns = at * 1e9
  const t1 = ntpTimeOf(ns)
  all.take(messageOf({ transmit: t1, ...told.client }), seenAt(ns + 1e6, false))
  const server = ntpTimeOf(ns + 2e6)
  const answer = { mode: 4, origin: t1, receive: server, transmit: server }
  return all.take(messageOf({ ...answer, ...told.server }), seenAt(ns + 3e6, true))
}

describe('an exchange', () => {
  test('of right clocks says so', () => {
    const record = asked(new TimeExchanges(), 10)
    expect(record?.offsetMs).toBeCloseTo(0, 5)
    expect(record?.sensorOffsetMs).toBeCloseTo(0, 5)
    expect(record?.delayMs).toBeCloseTo(2, 5)
    expect(record).toMatchObject({ stratum: 2, leap: 0, kiss: null, pollS: 64, sensor: 0 })
  })

  test('counts once, whatever is sent again', () => {
    const all = new TimeExchanges()
    expect(asked(all, 10)).not.toBeNull()
    expect(asked(all, 10)).toBeNull()
    expect(all.counts).toEqual({ unmatched: 1, bogus: 0, dropped: 0 })
  })

  test('is none where the request is replayed later, and answered anew', () => {
    const all = new TimeExchanges()
    expect(asked(all, 10)).not.toBeNull()
    const t1 = ntpTimeOf(10e9)
    all.take(messageOf({ transmit: t1 }), seenAt(40e9, false))
    const late = ntpTimeOf(40.001e9)
    const again = messageOf({ mode: 4, origin: t1, receive: late, transmit: late })
    expect(all.take(again, seenAt(40.002e9, true))).toBeNull()
    expect(all.counts.unmatched).toBe(1)
  })

  test.each([
    ['no origin', { origin: NO_TIME }, 'unmatched'],
    ['the origin of nobody', { origin: ntpTimeOf(1e9) }, 'unmatched'],
    ['no receive time', { receive: NO_TIME }, 'bogus'],
    ['no transmit time', { transmit: NO_TIME }, 'bogus'],
    ['answered before it was received', { transmit: ntpTimeOf(9e9) }, 'bogus'],
    ['more time in the server than on the whole way', { transmit: ntpTimeOf(11e9) }, 'bogus'],
  ] as const)('with %s is counted and not used', (_, server, count) => {
    const all = new TimeExchanges()
    expect(asked(all, 10, { server })).toBeNull()
    expect(all.counts[count]).toBe(1)
  })

  test('is none after a minute, or without its request', () => {
    const all = new TimeExchanges()
    const t1 = ntpTimeOf(10e9)
    all.take(messageOf({ transmit: t1 }), seenAt(10e9, false))
    const now = ntpTimeOf(71e9)
    const answer = messageOf({ mode: 4, origin: t1, receive: now, transmit: now })
    expect(all.take(answer, seenAt(71e9, true))).toBeNull()
    expect(all.take(answer, seenAt(10.5e9, false))).toBeNull()
    expect(all.counts.unmatched).toBe(2)
  })

  test('of two sensors tells nothing of their clocks, and the difference less well', () => {
    const all = new TimeExchanges()
    const [t1, t2] = [ntpTimeOf(10e9), ntpTimeOf(10.002e9)]
    all.take(messageOf({ transmit: t1 }), seenAt(10.001e9, false))
    const answer = messageOf({ mode: 4, origin: t1, receive: t2, transmit: t2 })
    const record = all.take(answer, seenAt(10.003e9 + 80e6, true, { sensor: 1 }))
    expect(record).toMatchObject({ sensor: null, sensorOffsetMs: null, clientOffsetMs: null })
    expect(Math.abs(record?.offsetMs as number)).toBeLessThanOrEqual(
      record?.uncertaintyMs as number,
    )
  })

  test('in the next era is read as one of it', () => {
    const all = new TimeExchanges()
    // 7 February 2036, 06:28:16 UTC is second 0 (RFC 5905, 6).
    const epochSeconds = Date.UTC(2036, 1, 7, 6, 28, 0) / 1000
    const era = (seconds: number) => ({ seconds, fraction: 1 })
    all.take(messageOf({ transmit: era(2 ** 32 - 1) }), seenAt(15e9, false, { epochSeconds }))
    const answer = { mode: 4, origin: era(2 ** 32 - 1), receive: era(0), transmit: era(0) }
    const record = all.take(messageOf(answer), seenAt(16e9, true, { epochSeconds }))
    expect(record?.offsetMs).toBeCloseTo(0, 3)
  })

  test.each([
    ['RATE', 0x52415445, 'RATE'],
    ['DENY', 0x44454e59, 'DENY'],
    ['of nobody', 0x78797a21, 'other'],
  ])('with a kiss code %s tells no time', (_, reference, kiss) => {
    const record = asked(new TimeExchanges(), 10, { server: { stratum: 0, reference } })
    expect(record).toMatchObject({ kiss, offsetMs: null, sensorOffsetMs: null, stratum: 0 })
  })
})

describe('a client that hides its clock', () => {
  const random = seeded(3)
  const drawn = () => ({ seconds: random(), fraction: random() })

  test('tells no offset, and its server tells one all the same', () => {
    const all = new TimeExchanges()
    for (let at = 10; at < 10_000; at += 64) {
      const transmit = drawn()
      const record = asked(all, at, { client: { transmit }, server: { origin: transmit } })
      expect(record).toMatchObject({ offsetMs: null, clientOffsetMs: null })
      expect(record?.sensorOffsetMs).toBeCloseTo(0, 5)
    }
  })

  test('is none whose clock is merely years behind', () => {
    const all = new TimeExchanges()
    const offsets = [10, 74, 138].map(at => {
      const transmit = ntpTimeOf((at - 300_000_000) * 1e9)
      return asked(all, at, { client: { transmit }, server: { origin: transmit } })?.offsetMs
    })
    expect(offsets[0]).toBeNull()
    for (const offset of offsets.slice(1)) expect((offset as number) / 1000).toBeCloseTo(-3e8, 0)
  })
})
