// Queries for InfluxDB 1: https://docs.influxdata.com/influxdb/v1/query_language/explore-data/. What starts with `$` is
// Grafana's to fill in.

import {
  type Condition,
  EVENTS_MAX,
  FINDING_KEY,
  fieldType,
  type Query,
  SHARED_SENSOR,
  type Totals,
  type Value,
} from './query.ts'

/** A query, and the name of what it counts where it counts one thing of several. */
export interface InfluxqlTarget {
  readonly text: string
  readonly alias: string | null
}

/** What asks for the query's rows: one text, but for a census, which InfluxQL counts word by word. */
export function influxqlOf(query: Query): readonly InfluxqlTarget[] {
  if (query.kind !== 'census') return [{ text: textOf(query), alias: null }]
  const { field, by } = query
  const latest = `SELECT last(${name(field)}) AS ${name(field)}${fromOf(query)} GROUP BY ${name(by)}`
  return query.names.map((alias, place) => ({
    text: `SELECT count(${name(field)}) AS ${name(alias)} FROM (${latest}) WHERE ${name(field)} = ${place}`,
    alias,
  }))
}

/** Words of a tag, for a variable of the board. */
export const influxqlTagValues = (measurement: string, tag: string, isOfSite: boolean): string =>
  `SHOW TAG VALUES FROM ${name(measurement)} WITH KEY = ${name(tag)}${
    isOfSite ? ' WHERE "site" =~ /^$site$/' : ''
  }`

function textOf(query: Exclude<Query, { readonly kind: 'census' }>): string {
  switch (query.kind) {
    case 'totals':
      return `SELECT ${query.values.map(numberOf).join(', ')}${fromOf(query)}${groupsOf(query)}`
    case 'rows':
      return `SELECT ${names(query.columns)}${fromOf(query)} ORDER BY time DESC LIMIT ${query.limit}`
    case 'standing': {
      const columns = new Set([FINDING_KEY, 'phase', 'severity', ...(query.columns ?? [])])
      return `SELECT ${names([...columns])}${fromOf(query)} ORDER BY time DESC LIMIT ${EVENTS_MAX}`
    }
    case 'latest': {
      const [first = '', ...others] = query.columns
      const columns = [`last(${name(first)}) AS ${name(first)}`, ...others.map(name)].join(', ')
      const groups = `GROUP BY ${names(query.by)}`
      const latest = `SELECT ${columns}${fromOf(query)} ${groups}`
      if (query.having === undefined) return latest
      const [field, value] = query.having
      return `SELECT ${names(query.columns)} FROM (${latest}) WHERE ${name(field)} = ${value} ${groups}`
    }
    case 'changes': {
      const steps = `SELECT difference(${name(query.field)}) AS "step"${fromOf(query)} GROUP BY ${name(query.by)}`
      return `SELECT "step" FROM (${steps}) WHERE "step" != 0 GROUP BY ${name(query.by)}`
    }
  }
}

function numberOf(value: Value): string {
  const as = ` AS ${name(value.as)}`
  if ('share' in value) {
    const [parts, wholes] = value.share.map(sumOf)
    return `100 * ${parts} / ${wholes}${as}`
  }
  if ('perSecond' in value) return `1000 * sum(${name(value.perSecond)}) / $__interval_ms${as}`
  return `${value.of}(${name(value.field)})${as}`
}

function sumOf(fields: readonly string[]): string {
  const sums = fields.map(field => `sum(${name(field)})`).join(' + ')
  return fields.length === 1 ? sums : `(${sums})`
}

function fromOf(query: Query): string {
  const { measurement, where = [], isBySeverity } = query
  const shared = SHARED_SENSOR[measurement]
  const conditions = [
    '$timeFilter',
    '"site" =~ /^$site$/',
    ...(shared === null ? [] : [`"sensor" =~ /^($sensor|${shared})$/`]),
    ...(isBySeverity ? ['"severity" =~ /^$severity$/'] : []),
    ...where.map(condition => conditionOf(query, condition)),
  ]
  return ` FROM "\${resolution}".${name(measurement)} WHERE ${conditions.join(' AND ')}`
}

function conditionOf({ measurement }: Query, [key, operator, value]: Condition): string {
  // Looked up for its own sake: a name that is none must not pass.
  fieldType(measurement, key)
  if (typeof value === 'object')
    return `(${value.map(one => `${name(key)} = ${literal(one)}`).join(' OR ')})`
  return `${name(key)} ${operator} ${literal(value)}`
}

/** A time series is left out where it has no points: what was not seen is no zero. */
function groupsOf({ by, isOverTime }: Totals): string {
  const groups = [...(isOverTime ? ['time($__interval)'] : []), ...by.map(name)]
  if (groups.length === 0) return ''
  return ` GROUP BY ${groups.join(', ')}${isOverTime ? ' fill(none)' : ''}`
}

const name = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
const names = (texts: readonly string[]): string => texts.map(name).join(', ')
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replace(/['\\]/g, '\\$&')}'` : String(value)
