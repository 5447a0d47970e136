// Goal: days of measuring take up no more of memory and disk than an hour does, and nothing is lost or kept too long.
// Method: windows of ten seconds with fifty points each, as fast as they are stored, into a store that is much too
// small for them. A quarter of a day unless METRICS_SOAK_DAYS says otherwise.

import { expect, test } from 'vitest'
import type { Point } from '../../../src/model/live.ts'
import { DAY_MS, DAY_ONE_MS, EVER, metricsIn, pointAt, temporaryFolder } from './rows.ts'

const DAYS = Number(process.env['METRICS_SOAK_DAYS'] ?? 0.25)
const WINDOW_MS = 10_000
const POINTS_EACH = 50
const BYTES_MAX = 6 * 1024 ** 2
/** What the heap of JavaScript and DuckDB's own pools may differ by from one moment to another. */
const GROWTH_BYTES_MAX = 96 * 1024 ** 2
const MS_PER_DAY = 240_000

test(
  `${DAYS} days of points`,
  async () => {
    const folder = temporaryFolder()
    const clock = { ms: DAY_ONE_MS }
    const { metrics, lost } = await metricsIn(folder, {
      ...{ clock, bytesMax: BYTES_MAX, segmentBytes: 512 * 1024 },
    })
    const windows = Math.round((DAYS * DAY_MS) / WINDOW_MS)
    const memory: number[] = []
    let bytes = 0
    for (let window = 0; window < windows; window++) {
      clock.ms += WINDOW_MS
      metrics.add({ flows: [], points: windowAt(clock.ms, window) })
      await metrics.drained()
      bytes = Math.max(bytes, metrics.health().bytes)
      if (window % Math.ceil(windows / 100) === 0) memory.push(process.memoryUsage.rss())
    }
    await metrics.flush()
    const { rows, expired, lastNumber, oldestMs } = metrics.health()
    const points = windows * POINTS_EACH
    expect(rows).toEqual({ offered: points, stored: points, waiting: 0, lost: 0 })
    expect(lost).toEqual([])
    expect(lastNumber).toBe(points)
    expect(bytes).toBeLessThanOrEqual(BYTES_MAX)
    expect(expired).toBeGreaterThan(0)
    expect(oldestMs).toBeGreaterThan(DAY_ONE_MS + WINDOW_MS)
    const kept = await metrics.pointsAfter(0, 1e5)
    expect(kept[0]?.number).toBe(expired + 1)
    expect(Math.max(...memory.slice(50))).toBeLessThan(
      Math.max(...memory.slice(10, 50)) + GROWTH_BYTES_MAX,
    )
    await metrics.close()

    const again = await metricsIn(folder, { clock })
    expect(again.metrics.health()).toMatchObject({ lastNumber, oldestMs })
    const [first] = await again.metrics.points({ ...EVER, measurement: 'mp_latency', limit: 1 })
    expect(first?.timeUs).toBeGreaterThanOrEqual((oldestMs ?? 0) * 1000)
  },
  60_000 + DAYS * MS_PER_DAY,
)

/** What fifty pairs have measured in a window; no two windows alike. */
const windowAt = (ms: number, window: number): readonly Point[] =>
  Array.from({ length: POINTS_EACH }, (_, pair) =>
    pointAt(ms, {
      measurement: 'mp_latency',
      tags: { site: 'hq', sensor: 'core', pair: `web-${pair} app-a`, row: 'I-12', leg: 'server' },
      fields: {
        ...{ n: (window * 7919 + pair) % 1000, over_limit: pair % 3 },
        ...{ p50_ms: Math.sqrt(window + pair / 7), p95_ms: Math.sqrt(window * pair + 1 / 3) },
      },
    }),
  )
