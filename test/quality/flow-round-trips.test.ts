// Goal: many flows in one slab give each the quantiles of its own values. Method: random values of random
// flows, compared with sorted lists of them.

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { FlowRoundTrips } from '../../src/quality/flow-round-trips.ts'

const MS = 1e6

const ranked = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[
    Math.max(1, Math.ceil(share * values.length)) - 1
  ] ?? 0

test('few values come out exactly, and nothing of a side that has none', () => {
  const table = new FlowRoundTrips()
  for (const ms of [10, 20, 20, 40]) table.add(7, false, ms * MS)
  expect(table.distribution(7, false)).toEqual({
    n: 4,
    min: 10,
    p50: 20,
    p95: 40,
    p99: 40,
    max: 40,
  })
  expect(table.distribution(7, true).n).toBe(0)
  table.add(7, true, -1)
  table.add(7, true, Number.NaN)
  expect(table.distribution(7, true).n).toBe(0)
})

describe('random flows', () => {
  const draw = seeded(11)
  const below = (bound: number) => draw() % bound
  const table = new FlowRoundTrips()
  const values = new Map<number, number[]>()
  for (let step = 0; step < 40_000; step++) {
    const flow = below(300)
    if (below(500) === 0) {
      table.delete(flow)
      values.delete(2 * flow)
      values.delete(2 * flow + 1)
      continue
    }
    const side = 2 * flow + below(2)
    // Half of the flows are as steady as links are, the others go from microseconds to seconds.
    const ms = flow % 2 === 0 ? 80 + below(1000) / 100 : Math.exp(below(1400) / 100 - 6)
    table.add(flow, side % 2 === 1, ms * MS)
    const known = values.get(side)
    if (known === undefined) values.set(side, [ms])
    else known.push(ms)
  }

  test('have their own numbers, least and largest values', () => {
    expect(values.size).toBeGreaterThan(500)
    for (const [side, own] of values) {
      const { n, min, max } = table.distribution(side >> 1, side % 2 === 1)
      expect(n).toBe(own.length)
      expect(min).toBeCloseTo(Math.min(...own), 9)
      expect(max).toBeCloseTo(Math.max(...own), 9)
    }
  })

  test('steady ones have quantiles within half a per cent', () => {
    const steady = [...values].filter(([side]) => (side >> 1) % 2 === 0)
    for (const [side, own] of steady) {
      const { p50, p95, p99 } = table.distribution(side >> 1, side % 2 === 1)
      for (const [found, share] of [
        [p50, 0.5],
        [p95, 0.95],
        [p99, 0.99],
      ] as const)
        expect(Math.abs(found / ranked(own, share) - 1)).toBeLessThan(0.0051)
    }
  })

  test('wild ones have the right bin, however wide it had to become', () => {
    for (const [side, own] of [...values].filter(([one]) => (one >> 1) % 2 === 1)) {
      const { p50 } = table.distribution(side >> 1, side % 2 === 1)
      expect(p50 / ranked(own, 0.5)).toBeGreaterThan(0.7)
      expect(p50 / ranked(own, 0.5)).toBeLessThan(1.4)
    }
  })
})

test('without room a side has fewer bins, a further side has none, and that is counted', () => {
  const table = new FlowRoundTrips(1)
  for (let value = 1; value <= 1000; value++) table.add(1, false, value * MS)
  expect(table.distribution(1, false)).toMatchObject({ n: 1000, min: 1, max: 1000 })
  expect(table.refused).toBe(0)
  table.add(2, false, MS)
  expect(table.refused).toBe(1)
  table.delete(1)
  table.add(2, false, MS)
  expect(table.distribution(2, false)).toMatchObject({ n: 1, p50: 1 })
})
