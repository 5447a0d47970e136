import { expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { Spread } from '../../src/quality/spread.ts'

test('of no values every quantile is 0', () => {
  expect(new Spread().quantile(0.95)).toBe(0)
})

test('equal values are told exactly, and no quantile leaves the span of the values', () => {
  for (const ns of [7, 20_000, 1e6, 3.3e6, 99e6, 100e6, 5e12]) {
    const spread = new Spread()
    for (let count = 0; count < 3; count++) spread.add(ns)
    expect(spread.quantile(0.95)).toBe(ns)
    spread.add(1.01 * ns)
    expect(spread.quantile(0.5)).toBeGreaterThanOrEqual(ns)
    expect(spread.quantile(1)).toBeLessThanOrEqual(1.01 * ns)
  }
})

// Goal: quantiles are within 10 % of those of the sorted values, in one piece and merged of two.
test.each([1, 2, 3])('quantiles of seed %i are within a tenth', seed => {
  const random = seeded(seed)
  const values = Array.from({ length: 1000 }, () => 30_000 * 10 ** ((4 * random()) / 2 ** 32))
  const sorted = values.toSorted((one, other) => one - other)
  const [whole, first, second] = [new Spread(), new Spread(), new Spread()]
  for (const [index, ns] of values.entries()) {
    whole.add(ns)
    const part = index % 3 === 0 ? first : second
    part.add(ns)
  }
  first.merge(second)
  expect(first.n).toBe(1000)
  for (const share of [0.5, 0.95, 0.99, 1]) {
    const truth = sorted[Math.ceil(share * 1000) - 1] ?? 0
    expect(Math.abs(whole.quantile(share) / truth - 1)).toBeLessThan(0.1)
    expect(first.quantile(share)).toBe(whole.quantile(share))
  }
})
