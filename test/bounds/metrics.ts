// Bounds of what the store keeps of flows and points: rows that wait, moments of series, rows of an answer.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openMetrics } from '../../src/store/metrics/metrics.ts'
import { Series } from '../../src/store/metrics/series.ts'
import { DAY_ONE_MS, flowAt, pointAt } from '../store/metrics/rows-told.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const METRICS_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'rows that wait to be written': async (max = 0) => {
    const folder = mkdtempSync(join(tmpdir(), 'mpwatch-metrics-'))
    const metrics = await openMetrics(folder, { now: () => DAY_ONE_MS })
    metrics.add({ flows: new Array(max + 5).fill(flowAt(DAY_ONE_MS)), points: [] })
    const { offered, waiting, lost } = metrics.health().rows
    expect({ offered, waiting, lost }).toEqual({ offered: max + 5, waiting: max, lost: 5 })
    // To write them all would take its time.
    rmSync(folder, { recursive: true })
    await metrics.close()
    expect(metrics.health().rows.lost).toBe(max + 5)
  },

  'moments of series whose points are told apart': (max = 0) => {
    const placeAfter = (others: number): bigint => {
      const series = new Series()
      series.next(pointAt(0))
      for (const other of numbersTo(others)) series.next(pointAt(other + 1))
      return series.next(pointAt(0))
    }
    expect(placeAfter(max - 1)).toBe(1n)
    expect(placeAfter(max)).toBe(0n)
  },
}
