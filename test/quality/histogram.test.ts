// Goal: quantiles of bounded histograms are those of the values themselves, within the bound that they state.
// Method: values of many shapes, sorted and counted here.

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { Histogram } from '../../src/model/histogram.ts'
import { NO_VALUES } from '../../src/model/quality.ts'

const VALUES = 20_000
const MS = 1e6

const SHAPES: Readonly<Record<string, (unit: number) => number>> = {
  'all alike': () => 8 * MS,
  'evenly spread from 1 to 2 ms': unit => (1 + unit) * MS,
  'from 0.01 ms to 10 s': unit => 0.01 * MS * 10 ** (6 * unit),
  'two heaps': unit => (unit < 0.5 ? 3 + unit : 180 + unit) * MS,
  'a long tail': unit => (10 / (1.001 - unit)) * MS,
}

function drawn(shape: (unit: number) => number, seed = 1): readonly number[] {
  const draw = seeded(seed)
  return Array.from({ length: VALUES }, () => Math.round(shape(draw() / 2 ** 32)))
}

function of(values: readonly number[], binsMax = 64): Histogram {
  const histogram = new Histogram(binsMax)
  for (const value of values) histogram.add(value)
  return histogram
}

/** Nearest rank. */
function exactly(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN) / MS
}

function expectWithin(histogram: Histogram, values: readonly number[]): void {
  const { n, min, max, ...quantiles } = histogram.distribution()
  expect({ n, min, max }).toEqual({
    ...{ n: values.length, min: exactly(values, 0.5 / values.length), max: exactly(values, 1) },
  })
  for (const [name, share] of Object.entries({ p50: 0.5, p95: 0.95, p99: 0.99 })) {
    const value = exactly(values, share)
    const off = Math.abs(quantiles[name as keyof typeof quantiles] - value)
    expect(off).toBeLessThanOrEqual(value * histogram.errorShare)
  }
}

for (const [name, shape] of Object.entries(SHAPES))
  describe(name, () => {
    const values = drawn(shape)
    for (const bins of [16, 64, 1024])
      test(`in ${bins} bins, quantiles are off by no more than is stated`, () => {
        expectWithin(of(values, bins), values)
      })

    test('many small ones merged are one large one', () => {
      const merged = new Histogram(1024)
      for (let from = 0; from < VALUES; from += 500)
        merged.merge(of(values.slice(from, from + 500)))
      expectWithin(merged, values)
    })
  })

test('equal values come out to the nanosecond', () => {
  const { n, min, p50, p95, p99, max } = of([12_345_678, 12_345_678, 12_345_678]).distribution()
  expect([n, min, p50, p95, p99, max]).toEqual([3, ...Array<number>(5).fill(12.345678)])
})

test('while few bins are in use the error is half a percent, and then as wide as the joined bins', () => {
  expect(of([MS, 1.2 * MS]).errorShare).toBeCloseTo(0.005, 6)
  expect(of(drawn(SHAPES['evenly spread from 1 to 2 ms'] ?? (() => 0))).errorShare).toBeLessThan(
    0.021,
  )
  expect(of(drawn(SHAPES['from 0.01 ms to 10 s'] ?? (() => 0))).errorShare).toBeLessThan(0.4)
})

test('no values, values of nothing and values below nothing', () => {
  expect(new Histogram(64).distribution()).toEqual(NO_VALUES)
  expect(of([-1, Number.NaN]).distribution()).toEqual(NO_VALUES)
  expect(of([0]).distribution()).toMatchObject({ n: 1, min: 0, p50: 0, max: 0 })
})
