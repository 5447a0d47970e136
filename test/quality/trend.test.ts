// Goal: how much faster one end counts than the other, within the bound that is said with it.
// Method: clocks of known rates, ticks of several lengths, ways that vary; the truth is the generator's.

import { describe, expect, test } from 'vitest'
import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import { Timestamps } from '../../src/watchers/quality/trend.ts'

interface Line {
  readonly hz: readonly [client: number, server: number]
  readonly ppm: readonly [client: number, server: number]
  readonly sensorPpm?: number
  readonly jitterMs?: number
  readonly seconds?: number
  /** The number before the first one, so that it comes round 2^32. */
  readonly from?: number
}

/** Timestamps of both ends, every ten seconds, as the sensor sees them. */
function timestampsOf(line: Line, random: Random): Timestamps {
  const { hz, ppm, sensorPpm = 0, jitterMs = 0, seconds = 600, from = 0 } = line
  const all = new Timestamps()
  for (let at = 0; at <= seconds; at += 10)
    for (const side of [0, 1] as const) {
      const sentS = at + side * 0.3
      const ticks = Math.floor((hz[side] ?? 0) * sentS * (1 + (ppm[side] ?? 0) * 1e-6))
      const seenS = sentS + (random() / 2 ** 32) * (jitterMs / 1000)
      const timeNs = seenS * (1 + sensorPpm * 1e-6) * 1e9
      all.add(side === 0 ? 'client' : 'server', (from + ticks) >>> 0, timeNs)
    }
  return all
}

/** What ticks and ways of both ends leave open at the most, over a third of the time. */
const openPpm = ({ hz, jitterMs = 0, seconds = 600 }: Line): number => {
  const open = hz.map(one => 4 / one + (2 * jitterMs) / 1000)
  return (open.reduce((sum, one) => sum + one, 0) / (seconds / 3)) * 1e6
}

describe('the trend is within its bound', () => {
  const lines: Readonly<Record<string, Line>> = {
    'equal clocks': { hz: [1000, 1000], ppm: [0, 0] },
    'a client that gains 80 ppm': { hz: [1000, 1000], ppm: [80, 0] },
    'other ticks on either side': { hz: [1000, 100], ppm: [-40, 30] },
    'ticks of 1,024 and 250': { hz: [1024, 250], ppm: [20, -20] },
    'a sensor that is wrong': { hz: [1000, 1000], ppm: [50, -50], sensorPpm: 300 },
    'ways that vary by 20 ms': { hz: [1000, 250], ppm: [100, 0], jitterMs: 20 },
    'an hour and more': { hz: [1000, 1000], ppm: [5, 0], seconds: 5000, jitterMs: 2 },
    'numbers that come round': { hz: [1000, 1000], ppm: [60, 0], from: 2 ** 32 - 5000 },
  }
  for (const [title, line] of Object.entries(lines))
    test(title, () => {
      for (let seed = 1; seed <= 30; seed++) {
        const trend = timestampsOf(line, seeded(seed)).trend()
        const truth = line.ppm[0] - line.ppm[1]
        expect(Math.abs((trend?.ppm ?? Number.NaN) - truth)).toBeLessThanOrEqual(
          trend?.boundPpm ?? 0,
        )
        expect(trend?.boundPpm).toBeLessThan(openPpm(line))
      }
    })
})

describe('nothing is told', () => {
  const none = (line: Line) => timestampsOf(line, seeded(1)).trend()
  test('of less than a minute', () => {
    expect(none({ hz: [1000, 1000], ppm: [0, 0], seconds: 50 })).toBeNull()
  })
  test('of ticks that nobody has', () => {
    expect(none({ hz: [1000, 777], ppm: [0, 0] })).toBeNull()
  })
  test('of one side alone', () => {
    const all = new Timestamps()
    for (let at = 0; at < 600; at += 10) all.add('client', at * 1000, at * 1e9)
    expect(all.trend()).toBeNull()
  })
})

test('a timestamp that goes back changes nothing', () => {
  const line: Line = { hz: [1000, 1000], ppm: [80, 0] }
  const all = timestampsOf(line, seeded(1))
  const before = all.trend()
  all.add('client', 5, 601e9)
  all.add('server', 2 ** 31, 500e9)
  expect(all.trend()).toEqual(before)
})
