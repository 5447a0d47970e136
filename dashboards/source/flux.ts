// Queries for InfluxDB 2: https://docs.influxdata.com/flux/v0/. Grafana fills in what stands in `${}`; InfluxDB's own
// boards have their variables in the record `v`. Both give `v` the time that is shown.

import {
  type Condition,
  FINDING_KEY,
  fieldType,
  hasFieldCondition,
  OVER,
  type Query,
  SHARED_SENSOR,
  type Standing,
  type Totals,
  type Value,
} from './query.ts'

/** Who shows the board, and so who fills in what was chosen. */
export type FluxHost = 'grafana' | 'influxdb'

export const BUCKET = 'mpwatch'

/** A script that answers with the query's rows. */
export function fluxOf(query: Query, host: FluxHost): string {
  const data = `data = ${dataOf(query, host)}`
  switch (query.kind) {
    case 'totals':
      return totalsOf(query, data)
    case 'rows':
      return piped(`${data}\n\ndata`, [
        ...(isWide(query) ? [] : [WIDE]),
        `keep(columns: ${list(['_time', ...query.columns])})`,
        'group()',
        'sort(columns: ["_time"], desc: true)',
        `limit(n: ${query.limit})`,
      ])
    case 'standing':
      return standingOf(query, data)
    case 'latest':
      return piped(`${data}\n\ndata`, [
        ...(isWide(query) ? [] : [WIDE]),
        ...latestBy(query.by),
        ...(query.having === undefined
          ? []
          : [`filter(fn: (r) => r.${query.having[0]} == ${query.having[1]})`]),
        `keep(columns: ${list(['_time', ...query.by, ...query.columns])})`,
        'group()',
        `sort(columns: ${list(query.by)})`,
      ])
    case 'census':
      return piped(`${data}\n\ndata`, [
        `filter(fn: (r) => r._field == "${query.field}")`,
        `group(columns: ${list([query.by])})`,
        'sort(columns: ["_time"])',
        'last()',
        'map(fn: (r) => ({_field: nameOf(place: r._value), _value: 1}))',
        'group(columns: ["_field"])',
        'sum()',
      ]).replace('data = ', `${namesOf(query.names)}\n\ndata = `)
    case 'changes':
      return piped(`${data}\n\ndata`, [
        ...valuesOf(query, query.field),
        `group(columns: ${list([query.by])})`,
        'sort(columns: ["_time"])',
        'difference()',
        'filter(fn: (r) => r._value != 0)',
        `map(fn: (r) => ({_time: r._time, ${query.by}: r.${query.by}, step: r._value}))`,
      ])
  }
}

/** Words of a tag, for a variable of the board. */
export const fluxTagValues = (measurement: string, tag: string, site: string | null): string =>
  [
    'import "influxdata/influxdb/schema"',
    '',
    'schema.tagValues(',
    `    bucket: "${BUCKET}",`,
    `    tag: "${tag}",`,
    `    predicate: (r) => r._measurement == "${measurement}"${site === null ? '' : ` and ${site}`},`,
    '    start: -30d,',
    ')',
  ].join('\n')

const WHOLE = 'whole'
const WIDE = 'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'

/** Points whose fields stand beside each other, where a condition is about one of them. */
const isWide = hasFieldCondition

function dataOf(query: Query, host: FluxHost): string {
  const { measurement, where = [], isBySeverity } = query
  const isTag = ([name]: Condition) => fieldType(measurement, name) === null
  const shared = SHARED_SENSOR[measurement]
  const tags = [
    `r._measurement == "${measurement}"`,
    chosen(host, 'site', null),
    ...(shared === null ? [] : [chosen(host, 'sensor', shared)]),
    ...(isBySeverity ? [chosen(host, 'severity', null)] : []),
    ...where.filter(isTag).map(conditionOf),
  ]
  const fields = where.filter(condition => !isTag(condition)).map(conditionOf)
  return piped(`from(bucket: ${host === 'grafana' ? `"\${resolution}"` : 'v.resolution'})`, [
    'range(start: v.timeRangeStart, stop: v.timeRangeStop)',
    ...tags.map(condition => `filter(fn: (r) => ${condition})`),
    ...(fields.length === 0 ? [] : [WIDE, ...fields.map(one => `filter(fn: (r) => ${one})`)]),
  ])
}

/** InfluxDB's variables have one word each, so `all` stands for every one. */
function chosen(host: FluxHost, tag: string, shared: string | null): string {
  if (host === 'grafana') {
    const words = `\${${tag}:regex}`
    return `r.${tag} =~ /^${shared === null ? words : `(${words}|${shared})`}$/`
  }
  const also = shared === null ? '' : ` or r.${tag} == "${shared}"`
  return `v.${tag} == "all" or r.${tag} == v.${tag}${also}`
}

function conditionOf([name, operator, value]: Condition): string {
  if (typeof value === 'object')
    return value.map(one => `r.${name} == ${literal(one)}`).join(' or ')
  return `r.${name} ${operator === '=' ? '==' : operator} ${literal(value)}`
}

/** Each value is a stream of its own with its name as `_field`; tables want them beside each other. */
function totalsOf(query: Totals, data: string): string {
  const { values, by, isOverTime, worst } = query
  const streams = values.map(value => numberOf(query, value))
  const all = streams.length === 1 ? streams[0] : unionOf(streams)
  const head = `${data}\n\n${all}`
  if (isOverTime || by.length === 0)
    return piped(head, [`group(columns: ${list([...by, '_field'])})`])
  return piped(head, [
    'group()',
    `pivot(rowKey: ${list(by)}, columnKey: ["_field"], valueColumn: "_value")`,
    ...(worst === undefined
      ? []
      : [`sort(columns: ["${worst.by}"], desc: true)`, `limit(n: ${worst.limit})`]),
  ])
}

function numberOf(query: Totals, value: Value): string {
  const named = `set(key: "_field", value: "${value.as}")`
  if ('share' in value) {
    const [parts, wholes] = value.share
    const keys = keysOf(query)
    const all = [...new Set([...parts, ...wholes])].map(field =>
      piped(sumOf(query, 'sum', field), [`set(key: "_field", value: "${field}")`]),
    )
    return piped(unionOf(all), [
      'group()',
      `pivot(rowKey: ${list(keys)}, columnKey: ["_field"], valueColumn: "_value")`,
      // Nothing has no share; without this it would be no number.
      `filter(fn: (r) => ${addedUp(wholes)} > 0.0)`,
      `map(fn: (r) => ({r with _value: 100.0 * ${addedUp(parts)} / ${addedUp(wholes)}}))`,
      `keep(columns: ${list([...keys, '_value'])})`,
      named,
    ])
  }
  if ('perSecond' in value)
    return piped(sumOf(query, 'sum', value.perSecond), [
      'map(fn: (r) => ({r with _value: r._value * 1000000000.0 / float(v: int(v: v.windowPeriod))}))',
      named,
    ])
  return piped(sumOf(query, value.of, value.field), [named])
}

function addedUp(fields: readonly string[]): string {
  const sum = fields.map(field => `r.${field}`).join(' + ')
  return fields.length === 1 ? sum : `(${sum})`
}

/** One number of each group, as a float unless it is a word. Windows bear the time at which they begin, as in InfluxQL. */
function sumOf(query: Totals, of: string, field: string): string {
  const { by, isOverTime, measurement } = query
  const isText = of !== 'count' && fieldType(measurement, field) === 'text'
  return piped('data', [
    ...valuesOf(query, field),
    `group(columns: ${list(by)})`,
    ...(of === 'last' ? ['sort(columns: ["_time"])'] : []),
    isOverTime
      ? `aggregateWindow(every: v.windowPeriod, fn: ${of}, createEmpty: false, timeSrc: "_start")`
      : `${of}()`,
    ...(isOverTime || by.length > 0 ? [] : [`set(key: "${WHOLE}", value: "")`]),
    `keep(columns: ${list([...keysOf(query), '_value'])})`,
    ...(isText ? [] : ['toFloat()']),
  ])
}

/** The points that have the field, with it as `_value`. */
const valuesOf = (query: Query, field: string): readonly string[] =>
  isWide(query)
    ? [`filter(fn: (r) => exists r.${field})`, `duplicate(column: "${field}", as: "_value")`]
    : [`filter(fn: (r) => r._field == "${field}")`]

/** What tells the numbers of a total apart; where nothing does, a column that they share, since pivot wants one. */
function keysOf({ by, isOverTime }: Totals): readonly string[] {
  const keys = [...(isOverTime ? ['_time'] : []), ...by]
  return keys.length === 0 ? [WHOLE] : keys
}

function standingOf({ columns }: Standing, data: string): string {
  const open = [WIDE, ...latestBy([FINDING_KEY]), `filter(fn: (r) => r.phase != "${OVER}")`]
  if (columns !== null)
    return piped(`${data}\n\ndata`, [
      ...open,
      `keep(columns: ${list(['_time', ...columns])})`,
      'group()',
      'sort(columns: ["severity"])',
    ])
  return piped(`${data}\n\ndata`, [
    ...open,
    'map(fn: (r) => ({_field: r.severity, _value: 1}))',
    'group(columns: ["_field"])',
    'sum()',
  ])
}

/** The latest point of each. */
const latestBy = (columns: readonly string[]): readonly string[] => [
  `group(columns: ${list(columns)})`,
  'sort(columns: ["_time"])',
  'tail(n: 1)',
]

/** `nameOf(place: 0)` is the first name. */
function namesOf(names: readonly string[]): string {
  const cases = names.map((name, place) => `if place == ${place} then "${name}" else `)
  return `nameOf = (place) => ${cases.join('')}"other"`
}

const unionOf = (streams: readonly string[]): string =>
  `union(tables: [\n${streams.map(one => `    ${one.replaceAll('\n', '\n    ')},\n`).join('')}])`

const piped = (head: string, steps: readonly string[]): string =>
  [head, ...steps.map(step => `    |> ${step}`)].join('\n')
const list = (texts: readonly string[]): string => `[${texts.map(text => `"${text}"`).join(', ')}]`
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)
