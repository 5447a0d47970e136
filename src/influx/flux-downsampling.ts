// The tasks of InfluxDB 2 that make series coarser, in Flux, and the same for a time that is past.
// https://docs.influxdata.com/flux/v0/stdlib/universe/

import {
  EXPORTED,
  type ExportedName,
  type FieldType,
  MEASUREMENTS,
  type MeasurementName,
} from '../model/measurement.ts'
import type { Period } from '../model/store.ts'
import { type Aggregate, COPIED, DOWNSAMPLED, LATENESS, WINDOW } from './downsampling.ts'

/** What comes a little late is still in its window. */
const OFFSET = '1m'

export interface Buckets {
  readonly raw: string
  readonly long: string
}

export interface Task {
  /** By which it is found again. */
  readonly name: string
  readonly flux: string
}

/** The buckets that belong to the name of a database. */
export const bucketsOf = (database: string): Buckets => ({
  raw: database,
  long: `${database}_long`,
})

/** A text of Flux: no value in it, whatever it says. */
export const fluxText = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\x24').replaceAll('\n', '\\n')}"`

/** One for each measurement. */
export const tasks = (buckets: Buckets): readonly Task[] =>
  NAMES.map(measurement => {
    const name = `mpwatch ${buckets.raw} ${measurement}`
    const option = `option task = {name: ${fluxText(name)}, every: ${WINDOW}, offset: ${OFFSET}}`
    const start = `date.truncate(t: -${latenessOf(measurement)}, unit: ${WINDOW})`
    const stop = `date.truncate(t: now(), unit: ${WINDOW})`
    return { name, flux: scriptOf(measurement, buckets, { option, start, stop }) }
  })

/** What makes a period that is past coarser, windows that it cuts included; one script for each measurement. */
export function pastScripts(buckets: Buckets, { fromMs, toMs }: Period): readonly string[] {
  const at = (ms: number) => new Date(Math.floor(ms / WINDOW_MS) * WINDOW_MS).toISOString()
  const range = { option: null, start: at(fromMs), stop: at(toMs + WINDOW_MS - 1) }
  return NAMES.map(measurement => scriptOf(measurement, buckets, range))
}

const WINDOW_MS = 600_000
const NAMES = Object.keys(EXPORTED) as readonly ExportedName[]
const latenessOf = (name: ExportedName): string =>
  isCopied(name) ? COPIED[name].lateness : LATENESS
const isCopied = (name: ExportedName): name is keyof typeof COPIED => Object.hasOwn(COPIED, name)

interface Range {
  /** Null where it is no task. */
  readonly option: string | null
  readonly start: string
  readonly stop: string
}

function scriptOf(name: ExportedName, buckets: Buckets, { option, start, stop }: Range): string {
  const isDecided = !isCopied(name) && DOWNSAMPLED[name].decidedBy !== undefined
  const imports = lines(
    ...(option === null ? [] : ['import "date"']),
    ...(isDecided ? ['import "influxdata/influxdb"'] : []),
  )
  const from = lines(
    'points =',
    `    from(bucket: ${fluxText(buckets.raw)})`,
    `        |> range(start: ${start}, stop: ${stop})`,
    `        |> filter(fn: (r) => r._measurement == ${fluxText(name)})`,
  )
  const to = `to(bucket: ${fluxText(buckets.long)})`
  const parts = isCopied(name) ? [lines('points', `    |> ${to}`)] : coarsening(name, buckets, to)
  const blocks = [imports, option ?? '', from, ...parts].filter(block => block !== '')
  return `${blocks.join('\n\n')}\n`
}

function coarsening(name: MeasurementName, { long }: Buckets, to: string): readonly string[] {
  const { fields, decidedBy } = DOWNSAMPLED[name]
  if (decidedBy !== undefined) return [deciding(name, decidedBy, long)]
  return AGGREGATES.map(aggregate => ({
    aggregate,
    names: Object.keys(fields).filter(field => fields[field] === aggregate),
  }))
    .filter(({ names }) => names.length > 0)
    .map(({ aggregate, names }) =>
      lines(
        'points',
        `    |> filter(fn: (r) => ${names.map(field => `r._field == ${fluxText(field)}`).join(' or ')})`,
        `    |> aggregateWindow(every: ${WINDOW}, fn: ${aggregate}, timeSrc: "_start", createEmpty: false)`,
        `    |> ${to}`,
        `    |> yield(name: ${fluxText(aggregate)})`,
      ),
    )
}

const AGGREGATES: readonly Aggregate[] = ['sum', 'max', 'min', 'mean', 'last']

/** Sums and the worst of the points that count, which are known only when all of the window have been seen. */
function deciding(name: MeasurementName, decidedBy: string, long: string): string {
  const { fields, always = [] } = DOWNSAMPLED[name]
  const names = Object.keys(fields).filter(field => field !== decidedBy)
  const zero = (field: string) => (typeOf(name, field) === 'float' ? '0.0' : '0')
  const member = (field: string): string => {
    const isAlways = always.includes(field)
    const before = isAlways
      ? `accumulator.${field}`
      : `(if begins then ${zero(field)} else accumulator.${field})`
    const has = isAlways ? `exists r.${field}` : `counts and exists r.${field}`
    const value = `(if ${has} then r.${field} else ${zero(field)})`
    return fields[field] === 'sum'
      ? `${field}: ${before} + ${value},`
      : `${field}: larger(one: ${before}, other: ${value}),`
  }
  return lines(
    'larger = (one, other) => if one > other then one else other',
    '',
    'points',
    '    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
    `    |> window(every: ${WINDOW})`,
    '    |> reduce(',
    `        identity: {${decidedBy}: false, ${names.map(field => `${field}: ${zero(field)}`).join(', ')}},`,
    '        fn: (r, accumulator) => {',
    `            begins = r.${decidedBy} and not accumulator.${decidedBy}`,
    `            counts = r.${decidedBy} or not accumulator.${decidedBy}`,
    '',
    '            return {',
    `                ${decidedBy}: accumulator.${decidedBy} or r.${decidedBy},`,
    ...names.map(field => `                ${member(field)}`),
    '            }',
    '        },',
    '    )',
    '    |> duplicate(column: "_start", as: "_time")',
    '    |> drop(columns: ["_start", "_stop"])',
    `    |> influxdb.wideTo(bucket: ${fluxText(long)})`,
  )
}

const typeOf = (name: MeasurementName, field: string): FieldType | undefined =>
  (MEASUREMENTS[name].fields as Readonly<Record<string, FieldType>>)[field]

const lines = (...texts: readonly string[]): string => texts.join('\n')
