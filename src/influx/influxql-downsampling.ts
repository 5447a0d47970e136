// The continuous queries of InfluxDB 1 that make series coarser, and the same statements for a time that is past.
// https://docs.influxdata.com/influxdb/v1/query_language/continuous_queries/

import { EXPORTED, type ExportedName, type MeasurementName } from '../model/measurement.ts'
import type { Period } from '../model/store.ts'
import { COPIED, DOWNSAMPLED, LATENESS, WINDOW } from './downsampling.ts'

/** The retention policies: as written, and coarser. */
export const RAW = 'raw'
export const LONG = 'long'

/** Points of one series in ten minutes that are copied; what is beyond it stays among those that are not coarser. */
const COPIED_MAX = 10_000

export interface ContinuousQuery {
  readonly name: string
  /** Those of one measurement overwrite each other's fields in this order, so that they belong together. */
  readonly measurement: ExportedName
  readonly text: string
}

/** As InfluxQL reads it: a name, whatever is in it. */
export const identifier = (name: string): string =>
  `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** In the order in which the server has to know them. */
export function continuousQueries(database: string): readonly ContinuousQuery[] {
  return statementsOf(database).map(({ measurement, part, select, where }) => {
    const name = part === null ? `mpwatch_${measurement}` : `mpwatch_${measurement}_${part}`
    const resample = `RESAMPLE EVERY ${WINDOW} FOR ${latenessOf(measurement)}`
    const query = `${select}${where === null ? '' : ` WHERE ${where}`} ${GROUPS}`
    const text = `CREATE CONTINUOUS QUERY ${identifier(name)} ON ${identifier(database)} ${resample} BEGIN ${query} END`
    return { name, measurement, text }
  })
}

/** What makes a period that is past coarser, windows that it cuts included; in the order in which it has to run. */
export function pastStatements(database: string, { fromMs, toMs }: Period): readonly string[] {
  const time = `time >= ${wholeWindow(fromMs)}ms AND time < ${wholeWindow(toMs + WINDOW_MS - 1)}ms`
  return statementsOf(database).map(
    ({ select, where }) =>
      `${select} WHERE ${time}${where === null ? '' : ` AND ${where}`} ${GROUPS}`,
  )
}

const GROUPS = `GROUP BY time(${WINDOW}), *`
const WINDOW_MS = 600_000
const wholeWindow = (ms: number): number => Math.floor(ms / WINDOW_MS) * WINDOW_MS

const latenessOf = (name: ExportedName): string =>
  isCopied(name) ? COPIED[name].lateness : LATENESS
const isCopied = (name: ExportedName): name is keyof typeof COPIED => Object.hasOwn(COPIED, name)

interface Statement {
  readonly measurement: ExportedName
  /** What tells several of one measurement apart. */
  readonly part: string | null
  readonly select: string
  readonly where: string | null
}

const statementsOf = (database: string): readonly Statement[] =>
  (Object.keys(EXPORTED) as readonly ExportedName[]).flatMap(name =>
    isCopied(name) ? [copying(database, name)] : coarsening(database, name),
  )

function coarsening(database: string, measurement: MeasurementName): readonly Statement[] {
  const { fields, decidedBy, always = [] } = DOWNSAMPLED[measurement]
  const statement = (part: string | null, names: readonly string[], where: string | null) => ({
    ...{ measurement, part, where },
    select: selectOf(
      database,
      measurement,
      names.map(name => `${fields[name]}(${identifier(name)}) AS ${identifier(name)}`),
    ),
  })
  const names = Object.keys(fields)
  if (decidedBy === undefined) return [statement(null, names, null)]
  const decided = names.filter(name => !always.includes(name))
  const where = (value: boolean) => `${identifier(decidedBy)} = ${value}`
  // What yes says comes last, and takes the place of what no has said of the same ten minutes.
  return [
    statement('1_all', always, null),
    statement('2_no', decided, where(false)),
    statement('3_yes', decided, where(true)),
  ]
}

/** `top` alone leaves points their own times. */
function copying(database: string, measurement: keyof typeof COPIED): Statement {
  const { number } = COPIED[measurement]
  const others = Object.keys(EXPORTED[measurement].fields).filter(name => name !== number)
  const top = `top(${identifier(number)}, ${COPIED_MAX}) AS ${identifier(number)}`
  const select = selectOf(database, measurement, [top, ...others.map(identifier)])
  return { measurement, part: null, select, where: null }
}

function selectOf(database: string, measurement: string, columns: readonly string[]): string {
  const at = (policy: string) => [database, policy, measurement].map(identifier).join('.')
  return `SELECT ${columns.join(', ')} INTO ${at(LONG)} FROM ${at(RAW)}`
}
