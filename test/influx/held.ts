// What an InfluxDB 1 has of all that is exported.

import { EXPORTED } from '../../src/model/measurement.ts'
import type { Influxd } from '../support/influxd.ts'

/** How many points and series each measurement has, and every point as it is. */
export async function held(influxd: Influxd, db = 'mpwatch') {
  const names = Object.keys(EXPORTED)
  const points = await Promise.all(
    names.map(name => influxd.query(`SELECT * FROM ${name} GROUP BY *`, db)),
  )
  const of = (index: number) =>
    (points[index] ?? []).reduce((sum, { values }) => sum + values.length, 0)
  return {
    counts: Object.fromEntries(names.map((name, index) => [name, of(index)])),
    series: points
      .flat()
      .map(({ name, tags }) => `${name} ${JSON.stringify(tags)}`)
      .sort(),
    points,
  }
}
