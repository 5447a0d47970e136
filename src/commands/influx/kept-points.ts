// Everything that a monitor or a store has of a time, as points of InfluxDB, page by page: what happened first, since it must
// not be lost, then series.

import { blindPoint, entryPoints, storedPoint } from '../../influx/points.ts'
import type { InfluxPoint } from '../../influx/writer.ts'
import type { DeskPort } from '../../model/desk.ts'
import { MEASUREMENTS, type MeasurementName } from '../../model/measurement.ts'
import type { NumberedPoint, Period } from '../../model/store.ts'
import { allRows } from '../monitor/pages.ts'

// So many of each are a few megabytes.
const EVENTS_AT_ONCE = 500
const POINTS_AT_ONCE = 5_000
const NAMES = Object.keys(MEASUREMENTS) as readonly MeasurementName[]

/** @param onFull Told of a millisecond of which some rows are missing. */
export async function* keptPoints(
  desk: DeskPort,
  period: Period,
  { site, onFull }: { readonly site: string; readonly onFull: (ms: number) => void },
): AsyncGenerator<readonly InfluxPoint[]> {
  yield (await desk.blind(period)).map(interval => blindPoint(interval, site))
  for (let afterNumber = 0; ; ) {
    const events = await desk.events({ ...period, afterNumber, limit: EVENTS_AT_ONCE })
    yield events.flatMap(({ number, ...entry }) => entryPoints({ number, entry }, site))
    if (events.length < EVENTS_AT_ONCE) break
    afterNumber = events.at(-1)?.number ?? afterNumber
  }
  for (const measurement of NAMES) {
    const ask = (query: Period & { readonly limit: number }) =>
      desk.points({ ...query, measurement })
    const timeMs = ({ timeUs }: NumberedPoint) => timeUs / 1000
    let page: InfluxPoint[] = []
    for await (const point of allRows({ ask, timeMs, limit: POINTS_AT_ONCE, onFull }, period)) {
      page.push(storedPoint(point))
      if (page.length < POINTS_AT_ONCE) continue
      yield page
      page = []
    }
    yield page
  }
}
