// How the InfluxDBs fare, as fields of the monitor's own point of mp_sensor (semantics 3.6): the judging thread makes it and
// knows nothing of them, so they are added when it is kept.

import type { Point } from '../model/live.ts'
import { ALL } from '../model/measurement.ts'
import type { OutputState } from '../model/output.ts'

export class ExportFields {
  /** Given up until the point before, of this process. */
  #dropped = 0

  /** The points, that of all interfaces with both fields; where no InfluxDB is fed they stay as they are. */
  added(points: readonly Point[], outputs: readonly OutputState[]): readonly Point[] {
    const books = outputs.filter(({ kind }) => kind === 'influx').map(output => output.books)
    if (books.length === 0) return points
    const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0)
    const queue = sum(books.map(({ pending }) => pending))
    const dropped = sum(books.map(({ deadLettered, expired }) => deadLettered + expired))
    return points.map(point => {
      if (point.measurement !== 'mp_sensor' || point.tags['iface'] !== ALL) return point
      // What had to go while it was under way, and has arrived all the same, is taken back.
      const since = Math.max(0, dropped - this.#dropped)
      this.#dropped += since
      return {
        ...point,
        fields: { ...point.fields, export_queue: queue, export_dropped: since },
      }
    })
  }
}
