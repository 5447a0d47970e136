// Complaint 6: an InfluxDB that collapses or loses points. Replaying adds nothing, and ten minutes without InfluxDB lose no
// violation. A million random flows stay under the bound of series in test/influx/series.test.ts; how much memory an
// outage takes is measured in test/influx/outage.test.ts, in processes of their own.

import { describe, expect, test } from 'vitest'
import {
  answer,
  everDrained,
  exporting,
  pointsTo,
  put,
  TAKEN,
  TestWriter,
  until,
} from '../influx/exporting.ts'
import { event, folder, idOf, open } from '../store/stored.ts'

const LONG_MS = 60_000
const MINUTES_10_MS = 600_000
const POINTS = 3_000
const VIOLATIONS = 600

describe('pitfall 6: points that collapse or are lost', () => {
  test('what is replayed from the beginning is the same rows', { timeout: LONG_MS }, async () => {
    const [store, writer] = [await open(folder()), new TestWriter()]
    await store.record(Array.from({ length: VIOLATIONS }, (_, at) => event({ id: idOf(at) })))
    await put(store, pointsTo(POINTS))
    for (const name of ['first', 'second']) {
      const config = { name, mayCreate: false }
      const { exporter } = exporting(store, writer, folder(), { config })
      expect(await everDrained(exporter)).toBe(true)
      // All of one millisecond and one series, and none overwrites another.
      expect(writer.kept.size).toBe(POINTS + VIOLATIONS)
    }
    expect(writer.again).toBe(POINTS + VIOLATIONS)
  })

  test('ten minutes without an InfluxDB lose no violation', { timeout: LONG_MS }, async () => {
    const [store, writer] = [await open(folder()), new TestWriter()]
    writer.says = () => answer(0)
    const { exporter, clock, states } = exporting(store, writer, folder())
    const beganMs = clock.ms
    let violations = 0
    for (let at = 0; at < VIOLATIONS; at += 100) {
      await store.record(Array.from({ length: 100 }, (_, more) => event({ id: idOf(at + more) })))
      violations += 100
      exporter.wake()
    }
    await put(store, pointsTo(POINTS))
    await until(() => clock.ms - beganMs >= MINUTES_10_MS)
    expect(writer.kept.size).toBe(0)
    // Nothing but one request is under way, however long it lasts.
    expect(Math.max(...writer.requests)).toBeLessThanOrEqual(5_000)
    writer.says = () => TAKEN
    expect(await everDrained(exporter)).toBe(true)
    const kept = [...writer.kept.values()]
    expect(kept.filter(({ measurement }) => measurement === 'mp_violation')).toHaveLength(
      violations,
    )
    expect(kept).toHaveLength(violations + POINTS)
    expect(writer.again).toBe(0)
    expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
  })
})
