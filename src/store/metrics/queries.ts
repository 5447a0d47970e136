// Questions to one file of metrics. It may be of an earlier version: what it lacks is null, zero or nothing.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import type { FlowRow, Point } from '../../model/live.ts'
import type { MeasurementName } from '../../model/measurement.ts'
import type { FlowQuery, NumberedPoint, Period, PointQuery } from '../../model/store.ts'
import { FLOW_COLUMNS, fieldsOf, MEASUREMENT_NAMES, tagsOf } from './columns.ts'
import { tablesOf } from './segment.ts'

type Stored = Readonly<Record<string, DuckDBValue>>

/** A row with what it is put in order by: its time, then its number. */
export interface Placed<Row> {
  /** Unix nanoseconds. */
  readonly at: bigint
  readonly number: bigint
  readonly row: Row
}

/** Flows that were under way in the period, in the order in which they began. */
export async function flowsIn(
  connection: DuckDBConnection,
  { fromMs, toMs, verdicts, rows, limit }: FlowQuery,
): Promise<readonly Placed<FlowRow>[]> {
  const among = (column: string, values: readonly string[] | undefined) =>
    values === undefined ? [] : [`"${column}" in (${values.map(() => '?').join(', ') || 'null'})`]
  const conditions = [
    'last_us >= ?',
    'first_us < ?',
    ...among('verdict', verdicts),
    ...among('row', rows),
  ]
  const found: Placed<FlowRow>[] = []
  const sql = `select * from flows where ${conditions.join(' and ')} order by first_us, number limit ${limit}`
  const values = [microsOf(fromMs), microsOf(toMs), ...(verdicts ?? []), ...(rows ?? [])]
  for await (const stored of recordsOf(connection, sql, values))
    found.push({ ...placeOf(stored, 'first_us', 1000n), row: flowOf(stored) })
  return found
}

export async function pointsIn(
  connection: DuckDBConnection,
  { measurement, fromMs, toMs, limit }: PointQuery,
): Promise<readonly Placed<NumberedPoint>[]> {
  if (!(await tablesOf(connection)).has(measurement)) return []
  const sql = `select * from ${measurement} where time_ns >= ? and time_ns < ? order by time_ns, number limit ${limit}`
  const values = [microsOf(fromMs) * 1000n, microsOf(toMs) * 1000n]
  return await pointsOf(connection, measurement, sql, values)
}

/** Numbers of the rows that are asked for: above the first, up to the second. */
export interface NumberRange {
  readonly after: number
  readonly through: number
  readonly limit: number
}

/**
 * Points of all measurements in the range, the lowest numbers first. It is gone through in stretches that hold no more
 * rows than are asked for, or few points: to put all that is left in order for each page would take longer the more
 * there is.
 */
export async function pointsAfterIn(
  connection: DuckDBConnection,
  { after, through, limit }: NumberRange,
): Promise<readonly NumberedPoint[]> {
  const tables = await tablesOf(connection)
  const names = MEASUREMENT_NAMES.filter(each => tables.has(each))
  const found: NumberedPoint[] = []
  let [from, width] = [Math.floor(after), limit]
  while (from < through && found.length < limit) {
    const to = Math.min(from + width, through)
    const wanted = limit - found.length
    const stretch: NumberedPoint[] = []
    for (const name of names) {
      const sql = `select * from ${name} where number > ? and number <= ? order by number limit ${wanted}`
      const points = await pointsOf(connection, name, sql, [BigInt(from), BigInt(to)])
      for (const { row } of points) stretch.push(row)
    }
    stretch.sort((left, right) => left.number - right.number)
    for (const point of stretch.slice(0, wanted)) found.push(point)
    from = to
    width *= 4
  }
  return found
}

/** How many points of all measurements have numbers after that one. */
export async function countAfterIn(connection: DuckDBConnection, number: number): Promise<number> {
  const tables = await tablesOf(connection)
  let count = 0
  for (const name of MEASUREMENT_NAMES.filter(each => tables.has(each))) {
    const sql = `select count(*) as count from ${name} where number > ?`
    for await (const row of recordsOf(connection, sql, [BigInt(Math.floor(number))]))
      count += Number(bigOf(row['count']))
  }
  return count
}

/** Tags of all series of the measurement, in no order. */
export async function seriesIn(
  connection: DuckDBConnection,
  measurement: MeasurementName,
  limit: number,
): Promise<readonly Point['tags'][]> {
  if (!(await tablesOf(connection)).has(measurement)) return []
  const columns = tagsOf(measurement).map(tag => `"${tag}"`)
  const sql = `select distinct ${columns.join(', ')} from ${measurement} limit ${limit}`
  const found: Point['tags'][] = []
  for await (const stored of recordsOf(connection, sql, [])) found.push(tagsIn(measurement, stored))
  return found
}

async function pointsOf(
  connection: DuckDBConnection,
  measurement: MeasurementName,
  sql: string,
  values: DuckDBValue[],
): Promise<readonly Placed<NumberedPoint>[]> {
  const found: Placed<NumberedPoint>[] = []
  for await (const stored of recordsOf(connection, sql, values))
    found.push({ ...placeOf(stored, 'time_ns', 1n), row: pointOf(measurement, stored) })
  return found
}

/** Rows as they come, so that a long answer does not hold up whatever else the process does. */
async function* recordsOf(
  connection: DuckDBConnection,
  sql: string,
  values: DuckDBValue[],
): AsyncGenerator<Stored> {
  const result = await connection.stream(sql, values)
  for await (const records of result.yieldRowObjects()) yield* records
}

const placeOf = (stored: Stored, time: string, nanos: bigint) => ({
  at: bigOf(stored[time]) * nanos,
  number: bigOf(stored['number']),
})

const bigOf = (value: DuckDBValue | undefined): bigint => (typeof value === 'bigint' ? value : 0n)

function flowOf(stored: Stored): FlowRow {
  const entries = FLOW_COLUMNS.map(({ name, key, missing }) => [
    key,
    plain(stored[name] ?? null) ?? missing,
  ])
  // The columns are those of a FlowRow, one for one, and hold what one was taken apart into.
  return Object.fromEntries(entries) as FlowRow
}

const presentIn = (stored: Stored, names: readonly string[]) =>
  names.flatMap(name => {
    const value = plain(stored[name] ?? null)
    return value === null ? [] : [[name, value] as const]
  })

/** All of them are texts. */
const tagsIn = (measurement: MeasurementName, stored: Stored): Point['tags'] =>
  Object.fromEntries(presentIn(stored, tagsOf(measurement))) as Point['tags']

function pointOf(measurement: MeasurementName, stored: Stored): NumberedPoint {
  const timeNs = bigOf(stored['time_ns'])
  return {
    ...{ measurement, timeNs, number: Number(stored['number']) },
    // As it was stored: a place within the microsecond is below a thousand.
    timeUs: Number(timeNs / 1000n),
    tags: tagsIn(measurement, stored),
    fields: Object.fromEntries(
      presentIn(
        stored,
        fieldsOf(measurement).map(([name]) => name),
      ),
    ),
  }
}

const plain = (value: DuckDBValue): string | number | boolean | null =>
  typeof value === 'bigint'
    ? Number(value)
    : typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : null

/** As far as a column can say; periods may be open at either end. */
function microsOf(ms: Period['fromMs']): bigint {
  const farthest = 9e12
  return BigInt(Math.ceil(Math.min(Math.max(ms, -farthest), farthest) * 1000))
}
