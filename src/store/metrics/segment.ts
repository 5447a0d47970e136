// One file of metrics: what is known of it in memory, and how that is read from the file.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FLOWS, TABLES } from './columns.ts'
import { numbersOf } from './database.ts'

/** Of the tables; a file of an earlier version is read with the columns that it has, and never written again. */
export const SCHEMA_VERSION = 3

export interface Segment {
  readonly index: number
  readonly path: string
  readonly schemaVersion: number
  /** When it was begun, by the monitor's own clock. */
  readonly madeMs: number
  /** Rows have numbers from this one on; `lastNumber` is one less while there are none. */
  readonly firstNumber: number
  lastNumber: number
  rows: number
  /** Those of them that this process has written. */
  ownRows: number
  /** Capture time from the first to the last; null while there are no rows. */
  firstUs: number | null
  lastUs: number | null
  bytes: number
  /** Nothing is written to it any more. */
  isSealed: boolean
}

/** What the rows of a file come to. */
export type Extent = Pick<Segment, 'rows' | 'lastNumber' | 'firstUs' | 'lastUs'>
type Described = Omit<Segment, 'index' | 'path' | 'bytes' | 'ownRows'>

/** `summary` spares the next start from looking into all the tables. */
export const META_STATEMENTS = [
  'create table meta (schema_version bigint, made_ms bigint, first_number bigint)',
  'create table summary ("rows" bigint, last_number bigint, first_us bigint, last_us bigint)',
]

/** What the file says of itself; null where nothing was put into it, not even its tables. */
export async function describe(connection: DuckDBConnection): Promise<Described | null> {
  const tables = await tablesOf(connection)
  if (tables.size === 0) return null
  const said = (await numbersOf(connection, DESCRIPTION)) ?? []
  const [schemaVersion, madeMs, firstNumber, ...summary] = said
  if (schemaVersion == null || madeMs == null || firstNumber == null)
    throw new Error('it does not say what it is')
  const isSealed = summary[0] !== null
  const extent = isSealed ? summary : await extentOf(connection, tables)
  const [rows, lastNumber, firstUs, lastUs] = extent
  return {
    ...{ schemaVersion, madeMs, firstNumber, isSealed },
    ...{ rows: rows ?? 0, lastNumber: lastNumber ?? firstNumber - 1 },
    ...{ firstUs: firstUs ?? null, lastUs: lastUs ?? null },
  }
}

const DESCRIPTION = `select schema_version, made_ms, first_number, "rows", last_number, first_us, last_us
  from meta left join summary on true`

/** What the tables come to: how many rows, the highest number, the first and the last microsecond. */
export async function extentOf(connection: DuckDBConnection, tables: ReadonlySet<string>) {
  const extents = TABLES.filter(table => tables.has(table)).map(table => {
    const [first, last] =
      table === FLOWS ? ['first_us', 'last_us'] : ['time_ns // 1000', 'time_ns // 1000']
    return `select count(*) as n, max(number) as latest, min(${first}) as t0, max(${last}) as t1 from ${table}`
  })
  const all = extents.join(' union all ')
  return (
    (await numbersOf(connection, `select sum(n), max(latest), min(t0), max(t1) from (${all})`)) ??
    []
  )
}

/** Names of the tables that the connection's database has. */
export async function tablesOf(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const result = await connection.runAndReadAll(
    'select table_name from duckdb_tables() where database_name = current_database()',
  )
  return new Set(result.getRows().map(([name]) => String(name)))
}
