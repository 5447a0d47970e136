// Goal: what is measured of connections agrees with what a simulated path did to them.
// Method: stories of tcp-story.ts, whose truth is known before the monitor sees a packet.

import { describe, expect, test } from 'vitest'
import { lossPct } from '../../src/model/loss.ts'
import type { TcpQuality } from '../../src/model/quality.ts'
import { tcpOf } from './measured.ts'
import { type TcpStoryOptions, type TcpTruth, tcpStory } from './tcp-story.ts'

const SEEDS = [1, 2]
const LONG = 5000
const POINTS_MAX = 0.05
const RTT_MS_MAX = 1

type Way = Omit<TcpStoryOptions, 'seed' | 'segments'>

function told(options: TcpStoryOptions): { readonly truth: TcpTruth; readonly ours: TcpQuality } {
  const truth = tcpStory(options)
  return { truth, ours: tcpOf(truth.frames, options.from) }
}

const pointsOff = ({ truth, ours }: ReturnType<typeof told>): number =>
  (lossPct(ours) ?? Number.NaN) - truth.lossPct

describe('loss, to 0.05 points', () => {
  const behind: Readonly<Record<string, Way>> = {
    'no loss': {},
    '0.1 % behind the sensor': { lossBehind: 0.001 },
    '1 % behind the sensor': { lossBehind: 0.01 },
    '5 % behind the sensor, in bursts of four': { lossBehind: 0.05, burst: 4 },
    '20 % behind the sensor': { lossBehind: 0.2 },
    '1 % of what the server sends': { lossBehind: 0.01, from: 'server' },
    '1 % without timestamps': { lossBehind: 0.01, timestamps: false },
    '1 % without timestamps and IP ids': { lossBehind: 0.01, timestamps: false, ids: 'none' },
    '1 % while a fifth of the data is reordered': { lossBehind: 0.01, reordered: 0.2 },
    '1 % with acknowledgements after 200 ms': { lossBehind: 0.01, message: 3, delayMs: 200 },
    '0.5 % before the sensor': { lossBefore: 0.005 },
    '1 % before the sensor': { lossBefore: 0.01 },
    '1 % before it without timestamps': { lossBefore: 0.01, timestamps: false },
    '1 % before it with random ids': { lossBefore: 0.01, timestamps: false, ids: 'random' },
    '1 % before it and none of both': { lossBefore: 0.01, timestamps: false, ids: 'none' },
    '1 % on either side': { lossBefore: 0.01, lossBehind: 0.01 },
  }
  for (const [name, way] of Object.entries(behind))
    for (const seed of SEEDS)
      test(`${name}, seed ${seed}`, () => {
        const segments = way.message === undefined ? LONG : 2000
        const { truth, ours } = told({ seed, segments, ...way })
        expect(Math.abs(pointsOff({ truth, ours }))).toBeLessThanOrEqual(POINTS_MAX)
        expect(ours.lost).toBe(truth.lostBefore + truth.lostBehind - truth.lostAgain)
        expect(ours.segments).toBe(truth.sent - truth.lostBefore)
        expect(ours.captureGaps).toBe(0)
      })

  test('2 % before the sensor, over ten stories', () => {
    const off = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(seed =>
      pointsOff(told({ seed, segments: 2 * LONG, lossBefore: 0.02 })),
    )
    const mean = off.reduce((sum, one) => sum + one, 0) / off.length
    expect(Math.abs(mean)).toBeLessThanOrEqual(POINTS_MAX)
  })

  for (const way of [{ lossBefore: 0.1 }, { lossBefore: 0.05, burst: 4 }])
    test(`${JSON.stringify(way)} is a lower bound: what is lost there twice leaves one gap`, () => {
      const { truth, ours } = told({ seed: 1, segments: 2 * LONG, ...way })
      expect(truth.lostAgain).toBeGreaterThan(0)
      expect(ours.lost).toBeLessThanOrEqual(truth.lostBefore - truth.lostAgain)
      // A whole window that is lost leaves no gap either.
      expect(ours.lost).toBeGreaterThanOrEqual(0.98 * (truth.lostBefore - truth.lostAgain))
    })
})

describe('what was sent again for nothing', () => {
  for (const seed of SEEDS)
    test(`is no loss where acknowledgements are lost, seed ${seed}`, () => {
      const { truth, ours } = told({ seed, segments: LONG, acksLost: 0.05, lossBehind: 0.01 })
      expect(truth.needless).toBeGreaterThan(0)
      expect(ours.retransmissions.spurious).toBe(truth.needless)
      expect(ours.lost).toBe(truth.lostBehind - truth.lostNeedless)
    })
})

describe('round trips, to a millisecond for either leg and the whole', () => {
  const asymmetric = { toReceiverMs: 30, fromReceiverMs: 12, toSensorMs: 3, fromSensorMs: 9 }
  const ways: Readonly<Record<string, Way>> = {
    'a long transfer': {},
    'a long transfer over unlike legs': asymmetric,
    'data of the server': { ...asymmetric, from: 'server' },
    'two segments, then a pause': { ...asymmetric, message: 2, delayMs: 200 },
    'three segments, the last acknowledged after 40 ms': { ...asymmetric, message: 3, delayMs: 40 },
    'five segments, the last acknowledged after 200 ms': {
      ...asymmetric,
      message: 5,
      delayMs: 200,
    },
    'one in twenty packets not captured': {
      ...asymmetric,
      message: 3,
      delayMs: 200,
      dropped: 0.05,
    },
    '2 % lost on either side': { lossBefore: 0.02, lossBehind: 0.02 },
    '20 % lost behind the sensor': { lossBehind: 0.2 },
    reordering: { reordered: 0.1 },
  }
  for (const [name, way] of Object.entries(ways))
    for (const seed of SEEDS)
      test(`${name}, seed ${seed}`, () => {
        const { truth, ours } = told({ seed, segments: 3000, ...way })
        const { rtt } = ours
        expect(rtt.n).toBeGreaterThan(50)
        for (const ms of [rtt.min, rtt.p50, rtt.p95, rtt.p99, rtt.max])
          expect(Math.abs(ms - truth.farMs)).toBeLessThanOrEqual(RTT_MS_MAX)
        expect(ours.handshakeNs).toBeCloseTo((truth.farMs + truth.nearMs) * 1e6, 0)
        expect(ours.legNs).toBeCloseTo(truth.farMs * 1e6, 0)
      })

  test('single segments, of which each may have waited, give none', () => {
    const { ours } = told({ seed: 1, segments: 500, message: 1, delayMs: 200 })
    expect(ours.rtt.n).toBe(0)
    expect(ours.handshakeNs).toBeCloseTo(10e6, 0)
  })
})

describe('packets that the capture lost', () => {
  for (const dropped of [0.001, 0.01, 0.05, 0.5])
    for (const way of [{}, { reordered: 0.05, timestamps: false, ids: 'none' }] as const)
      test(`${100 * dropped} % dropped, ${JSON.stringify(way)}: gaps and no loss`, () => {
        const segments = dropped < 0.01 ? 4 * LONG : LONG
        for (const seed of SEEDS) {
          const { truth, ours } = told({ seed, segments, dropped, ...way })
          const missing = truth.sent - ours.segments
          expect(ours).toMatchObject({ lost: 0, retransmissions: { total: 0 } })
          expect(missing).toBeGreaterThan(0)
          // The last few are acknowledged by nothing that was captured.
          expect(ours.captureGaps).toBeLessThanOrEqual(missing)
          expect(ours.captureGaps).toBeGreaterThanOrEqual(0.98 * missing - 3)
        }
      })
})

describe('the same loss, seen otherwise', () => {
  const way = { seed: 1, segments: LONG, lossBefore: 0.005, lossBehind: 0.01 }

  test('in segments of other sizes is the same share', () => {
    const whole = lossPct(told({ ...way, bytes: 1400 }).ours) ?? 0
    for (const pieces of [2, 4, 7]) {
      const split = lossPct(told({ ...way, bytes: 1400, pieces }).ours) ?? 0
      expect(Math.abs(split - whole)).toBeLessThan(0.05 * whole)
    }
  })

  for (const ids of ['counted', 'random', 'none'] as const)
    for (const timestamps of [true, false])
      test(`in an order that the capture confused is the same count, ids ${ids}, ${timestamps ? '' : 'no '}timestamps`, () => {
        const { lost, lostBefore } = told({ ...way, ids, timestamps }).ours
        for (const jitterMs of [0.5, 1, 3])
          expect(told({ ...way, ids, timestamps, jitterMs }).ours).toMatchObject({
            ...{ lost, lostBefore, captureGaps: 0 },
          })
      })
})

test('pitfall 9: loss, reordering, a wrap and delayed acknowledgements at once leave errors below 0.05 points and 1 ms', () => {
  for (const seed of SEEDS) {
    const way = {
      lossBehind: 0.01,
      lossBefore: 0.003,
      reordered: 0.05,
      delayMs: 200,
      acksLost: 0.01,
    }
    // A megabyte and more of data passes the wrap of the sequence numbers.
    const { truth, ours } = told({ seed, segments: LONG, message: 25, ...way })
    expect(Math.abs(pointsOff({ truth, ours }))).toBeLessThanOrEqual(POINTS_MAX)
    expect(ours.outOfOrder).toBeGreaterThan(0)
    for (const ms of [ours.rtt.p50, ours.rtt.p95, ours.rtt.p99])
      expect(Math.abs(ms - truth.farMs)).toBeLessThanOrEqual(RTT_MS_MAX)
  }
})
