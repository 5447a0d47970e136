// What the benchmark makes of its measurements.

import { expect, test } from 'vitest'
import type { Cost } from '../../scripts/bench/measure.ts'
import { type Series, summarise } from '../../scripts/bench/rounds.ts'

const cost = (cpuS: number, peakMb: number | null = 50): Cost => ({
  ...{ cpuS, peakMb, wallS: 2 * cpuS, exitCode: 0, said: '' },
})

function series(name: string, costs: readonly Cost[]): Series {
  const tool = {
    ...{ name, isOurs: false, command: () => [], goodCodes: [0] },
    ...{ captureBytesMax: 0, flowCount: null },
  }
  return { tool, costs, failure: null }
}

test('a ratio is the median of the ratios within a round, not the ratio of the medians', () => {
  const base = series('base', [cost(1), cost(2), cost(10)])
  const peer = series('peer', [cost(4), cost(2), cost(20)])
  expect(summarise([base, peer], 'base', 100).map(({ cpuRatio }) => cpuRatio)).toEqual([1, 2])
})

test('times and memory are medians, an even number of rounds giving the mean of the middle two', () => {
  const peer = series('peer', [cost(4, 40), cost(1, 10), cost(2, 20), cost(3, 30)])
  const [summary] = summarise([peer], 'base', 100)
  expect(summary).toEqual({
    ...{ name: 'peer', rounds: 4, cpuS: 2.5, wallS: 5, peakMb: 25, packetsPerS: 20 },
    cpuRatio: null,
  })
})

test('peak memory that was not measured stays unknown', () => {
  const [summary] = summarise([series('peer', [cost(1, null)])], 'base', 100)
  expect(summary?.peakMb).toBe(null)
})

test('a tool that never ran to its end has no line', () => {
  expect(summarise([series('peer', [])], 'base', 100)).toEqual([])
})
