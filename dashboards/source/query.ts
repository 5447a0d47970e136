// What a panel asks, as data: one list for InfluxQL and Flux, which influxql.ts and flux.ts make of it. Names are those of
// model/measurement.ts alone; what a person chooses comes in by the variables of the board, and by nothing else.

import { EXPORTED, type ExportedName, type FieldType } from '../../src/model/measurement.ts'

/** One of several words counts as an `=`. */
export type Condition = readonly [
  name: string,
  operator: '=' | '!=' | '>',
  value: string | number | boolean | readonly string[],
]

export type Aggregate = 'sum' | 'max' | 'min' | 'last' | 'count'

/** A number that is made of many, and its name in the answer. */
export type Value =
  | { readonly as: string; readonly of: Aggregate; readonly field: string }
  /** 100 × the sum of some fields / the sum of others: never a mean of percentages. */
  | {
      readonly as: string
      readonly share: readonly [parts: readonly string[], wholes: readonly string[]]
    }
  /** The sum by seconds; over time only. */
  | { readonly as: string; readonly perSecond: string }

interface From {
  readonly measurement: ExportedName
  readonly where?: readonly Condition[]
  /** The board's variable `severity` decides as well. */
  readonly isBySeverity?: true
}

/** Values over time, or of the whole time that is shown, for each combination of these tags. */
export interface Totals extends From {
  readonly kind: 'totals'
  readonly values: readonly Value[]
  readonly by: readonly string[]
  readonly isOverTime: boolean
  /** The name of a value: the largest first, and no more than this. */
  readonly worst?: { readonly by: string; readonly limit: number }
}

/** The points themselves, the latest first. */
export interface Rows extends From {
  readonly kind: 'rows'
  readonly columns: readonly string[]
  readonly limit: number
}

/** Of each combination of tags its latest point; where told, those alone in which a field has that value then. */
export interface Latest extends From {
  readonly kind: 'latest'
  /** The first one chooses the point. */
  readonly columns: readonly string[]
  readonly by: readonly string[]
  readonly having?: readonly [field: string, value: number]
}

/** How many combinations of a tag have each value of a field now: what is named first has the value 0. */
export interface Census extends From {
  readonly kind: 'census'
  readonly field: string
  readonly by: string
  readonly names: readonly string[]
}

/**
 * Findings that are open: of the events of each the latest counts, and is no `close`. An open finding is told again
 * within a quarter of an hour after its last member, so the time that is shown has every one that is still fed.
 */
export interface Standing extends From {
  readonly kind: 'standing'
  readonly measurement: 'mp_violation'
  /** What is told of each; where it is null, how many there are of each severity. */
  readonly columns: readonly string[] | null
}

/** Moments at which a number changes from one point to the next of the same tag. */
export interface Changes extends From {
  readonly kind: 'changes'
  readonly field: string
  readonly by: string
}

export type Query = Totals | Rows | Latest | Census | Standing | Changes

/** Events that are looked through for the latest of each finding. */
export const EVENTS_MAX = 10_000
export const FINDING_KEY = 'alert_id'
export const OVER = 'close'

/** Null for a tag. Throws for a name that the measurement has not got: the list of panels is wrong then. */
export function fieldType(measurement: ExportedName, name: string): FieldType | null {
  const { tags, fields } = EXPORTED[measurement] as {
    readonly tags: readonly string[]
    readonly fields: Readonly<Record<string, FieldType>>
  }
  if (name === 'site' || name === 'sensor' || tags.includes(name)) return null
  const type = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (type === undefined) throw new RangeError(`${measurement} has no tag or field "${name}"`)
  return type
}

/**
 * What stands in the tag `sensor` beside the sensors themselves, and is shown whichever are chosen: findings that several
 * saw, blindness of the whole monitor. Null where no sensor is chosen, since there is one series for all.
 */
export const SHARED_SENSOR: Readonly<Record<ExportedName, string | null>> = {
  ...{ mp_flow: 'other', mp_latency: 'other', mp_loss: 'other', mp_rtp: 'other' },
  ...{ mp_clock: 'other', mp_gwsim: 'other', mp_failover: 'other', mp_violation: 'other' },
  ...{ mp_blind: 'all', mp_sensor: 'all', mp_coverage: null },
}

/** Whether a condition is about a field, which Flux has in rows of their own. */
export const hasFieldCondition = ({ measurement, where = [] }: Query): boolean =>
  where.some(([name]) => fieldType(measurement, name) !== null)
