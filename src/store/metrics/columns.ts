// The tables of a metrics file: one for flows, and one for each measurement of model/measurement.ts. Each column
// knows how it is written and what stands for it where a file of an earlier version has not got it.

import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api'
import type { FlowRow, Point } from '../../model/live.ts'
import { type FieldType, MEASUREMENTS, type MeasurementName } from '../../model/measurement.ts'

export const FLOWS = 'flows'
export type TableName = typeof FLOWS | MeasurementName

/** A row with what it got when it was taken in. `run` is null for what was watched live. */
interface Numbered {
  readonly number: number
  readonly run: string | null
}

export interface NumberedFlow extends Numbered {
  readonly table: typeof FLOWS
  readonly flow: FlowRow
}

export interface NumberedMeasure extends Numbered {
  readonly table: MeasurementName
  readonly point: Point
  readonly timeNs: bigint
}

export type NumberedRow = NumberedFlow | NumberedMeasure

interface Column<Row> {
  readonly name: string
  readonly type: DuckDBType
  readonly value: (row: Row) => DuckDBValue
}

/** A column of the table of flows, where it lies in a FlowRow, and what an earlier version knows of it. */
interface FlowColumn extends Column<NumberedFlow> {
  readonly key: keyof FlowRow
  readonly missing: number | string | null
}

const flowColumn = (
  name: string,
  key: keyof FlowRow,
  missing: number | string | null,
  type: DuckDBType,
): FlowColumn => ({
  ...{ name, key, missing, type },
  value: ({ flow }) => {
    const value = flow[key]
    return typeof value === 'number' ? wholeOrNull(value) : value
  },
})
const count = (name: string, key: keyof FlowRow) => flowColumn(name, key, 0, BIGINT)
const text = (name: string, key: keyof FlowRow) => flowColumn(name, key, '', VARCHAR)
const perhaps = (name: string, key: keyof FlowRow, type: DuckDBType = VARCHAR) =>
  flowColumn(name, key, null, type)

export const FLOW_COLUMNS: readonly FlowColumn[] = [
  count('first_us', 'firstUs'),
  count('last_us', 'lastUs'),
  text('sensor', 'sensor'),
  text('transport', 'transport'),
  count('protocol', 'protocol'),
  perhaps('vlan', 'vlan', BIGINT),
  text('client', 'client'),
  count('client_port', 'clientPort'),
  text('server', 'server'),
  count('server_port', 'serverPort'),
  text('source', 'source'),
  text('destination', 'destination'),
  text('verdict', 'verdict'),
  perhaps('reason', 'reason'),
  perhaps('row', 'row'),
  perhaps('app', 'app'),
  text('state', 'state'),
  count('packets_to_server', 'packetsToServer'),
  count('packets_to_client', 'packetsToClient'),
  count('bytes_to_server', 'bytesToServer'),
  count('bytes_to_client', 'bytesToClient'),
]

const OWN_COLUMNS: readonly Column<Numbered>[] = [
  { name: 'number', type: BIGINT, value: ({ number }) => BigInt(number) },
  { name: 'run', type: VARCHAR, value: ({ run }) => run },
]

const FIELD_TYPES: Readonly<Record<FieldType, DuckDBType>> = {
  ...{ float: DOUBLE, integer: BIGINT, boolean: BOOLEAN, text: VARCHAR },
}

export const MEASUREMENT_NAMES = Object.keys(MEASUREMENTS) as readonly MeasurementName[]
export const TABLES: readonly TableName[] = [FLOWS, ...MEASUREMENT_NAMES]

/** All tags of a measurement; every one has a site and a sensor. */
export const tagsOf = (name: MeasurementName): readonly string[] => [
  ...['site', 'sensor'],
  ...MEASUREMENTS[name].tags,
]

export const fieldsOf = (name: MeasurementName): readonly (readonly [string, FieldType])[] =>
  Object.entries(MEASUREMENTS[name].fields)

const measureColumns = (name: MeasurementName): readonly Column<NumberedMeasure>[] => [
  ...OWN_COLUMNS,
  { name: 'time_ns', type: BIGINT, value: ({ timeNs }) => timeNs },
  ...tagsOf(name).map(tag => ({
    ...{ name: tag, type: VARCHAR },
    value: ({ point }: NumberedMeasure) => point.tags[tag] ?? null,
  })),
  ...fieldsOf(name).map(([field, type]) => ({
    ...{ name: field, type: FIELD_TYPES[type] },
    value: ({ point }: NumberedMeasure) => fieldValue(point.fields[field], type),
  })),
]

const ALL_FLOW_COLUMNS: readonly Column<NumberedFlow>[] = [...OWN_COLUMNS, ...FLOW_COLUMNS]
const MEASURE_COLUMNS = new Map(MEASUREMENT_NAMES.map(name => [name, measureColumns(name)]))

/** What one table gets of some rows: types and values by column, in the order in which it has them. */
export interface Filling {
  readonly table: TableName
  readonly types: readonly DuckDBType[]
  readonly columns: readonly (readonly DuckDBValue[])[]
}

export function fillings(rows: readonly NumberedRow[]): readonly Filling[] {
  const flows = rows.filter(row => row.table === FLOWS)
  const filled = flows.length === 0 ? [] : [filling(FLOWS, ALL_FLOW_COLUMNS, flows)]
  for (const [name, columns] of MEASURE_COLUMNS) {
    const measures = rows.filter((row): row is NumberedMeasure => row.table === name)
    if (measures.length > 0) filled.push(filling(name, columns, measures))
  }
  return filled
}

const filling = <Row>(
  table: TableName,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Filling => ({
  table,
  types: columns.map(({ type }) => type),
  columns: columns.map(({ value }) => rows.map(value)),
})

/** The statements that make all tables; those of later versions add columns, and never take one away. */
export const tableStatements = (): readonly string[] => [
  creation(FLOWS, ALL_FLOW_COLUMNS),
  ...[...MEASURE_COLUMNS].map(([name, columns]) => creation(name, columns)),
]

const creation = (
  table: TableName,
  columns: readonly { readonly name: string; readonly type: DuckDBType }[],
): string =>
  `create table ${table} (${columns.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`

/** What keeps the point out of its table: a tag, a field or a type that its measurement has not got. */
export function misfit({ measurement, tags, fields }: Point): string | null {
  if (!MEASURE_COLUMNS.has(measurement)) return `no measurement ${measurement}`
  const known = tagsOf(measurement)
  const tag = Object.keys(tags).find(name => !known.includes(name))
  if (tag !== undefined) return `${measurement} has no tag ${tag}`
  const types: Readonly<Record<string, FieldType>> = MEASUREMENTS[measurement].fields
  const field = Object.entries(fields).find(
    ([name, value]) => typeof value !== JS_TYPES[types[name] ?? 'none'],
  )
  return field === undefined ? null : `${measurement} has no field ${field[0]} of that type`
}

const JS_TYPES: Readonly<Record<FieldType | 'none', string>> = {
  ...{ float: 'number', integer: 'number', boolean: 'boolean', text: 'string', none: 'none' },
}

function fieldValue(value: number | boolean | string | undefined, type: FieldType): DuckDBValue {
  if (typeof value !== 'number') return value ?? null
  if (type === 'integer') return wholeOrNull(value)
  return Number.isFinite(value) ? value : null
}

const wholeOrNull = (value: number): bigint | null =>
  Number.isFinite(value) ? BigInt(Math.round(value)) : null
