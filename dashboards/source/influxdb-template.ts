// The boards and checks as a template of InfluxDB 2, for `influx apply`:
// https://docs.influxdata.com/influxdb/v2/tools/influxdb-templates/. Names in `metadata` make it update what it made before.

import { stringify } from 'yaml'
import { BOARDS } from './boards.ts'
import { CHECKS, type Check } from './checks.ts'
import { BUCKET, fluxOf } from './flux.ts'
import { type Board, type Limit, type Panel, placed, type Unit } from './panel.ts'
import { columnsOf } from './transformations.ts'
import { titleOf } from './words.ts'

const API = 'influxdata.com/v2alpha1'
/** Cells lie in twelve columns, and a row of them is about as high as two of Grafana's. */
const [COARSER, CELL_COLUMNS] = [2, 12]
const [INK, RED] = ['#8f8aa5', '#dc4e58'] as const
const SERIES = ['#31c0f6', '#a500a5', '#ff7e27', '#9394ff', '#4ed8a0', '#f95f53'] as const

const UNITS: Readonly<Record<Unit, string>> = {
  ...{ none: '', count: '', ms: ' ms', s: ' s', percent: ' %', perSecond: ' /s', bytes: ' B' },
}

/** The whole template as YAML. */
export const influxdbTemplate = (): string =>
  [...variables(), ...BOARDS.map(dashboard), ...CHECKS.map(checkObject)]
    .map(object => stringify({ apiVersion: API, ...object }, { lineWidth: 0 }))
    .join('---\n')

/** Of one word each; `all` is every one, and comes first, so that it is what one sees after the import. */
function variables(): readonly object[] {
  return [
    variable('site', { type: 'query', language: 'flux', query: wordsOf('site') }),
    variable('sensor', { type: 'query', language: 'flux', query: wordsOf('sensor') }),
    variable('severity', {
      type: 'constant',
      values: ['all', 'critical', 'high', 'medium', 'low', 'info'],
    }),
    variable('resolution', { type: 'constant', values: [BUCKET, `${BUCKET}_long`] }),
  ]
}

const variable = (name: string, how: object): object => ({
  kind: 'Variable',
  metadata: { name: `mpwatch-${name}` },
  spec: { name, ...how },
})

/** Also for the checker: what the variable asks. */
export const wordsOf = (tag: 'site' | 'sensor'): string =>
  `import "array"
import "influxdata/influxdb/schema"

every = array.from(rows: [{_value: "all"}])

words =
    schema.tagValues(
        bucket: "${BUCKET}",
        tag: "${tag}",
        predicate: (r) => r._measurement == "mp_sensor",
        start: -30d,
    )
        |> filter(fn: (r) => r._value != "all")
        |> keep(columns: ["_value"])

union(tables: [every, words])`

const dashboard = ({ uid, title, says, panels }: Board): object => ({
  kind: 'Dashboard',
  metadata: { name: uid },
  spec: {
    name: title,
    description: says,
    charts: placed(panels.map(coarser), CELL_COLUMNS).map(chart),
  },
})

const coarser = (panel: Panel): Panel => ({
  ...panel,
  ...{ width: panel.width / COARSER, height: Math.ceil(panel.height / COARSER) },
})

function chart(panel: Panel & { readonly x: number; readonly y: number }): object {
  return {
    ...kindOf(panel),
    name: panel.title,
    note: `${panel.says} Empty: ${panel.empty}.`,
    ...{ xPos: panel.x, yPos: panel.y, width: panel.width, height: panel.height },
    queries: [{ query: fluxOf(panel.query, 'influxdb') }],
  }
}

function kindOf({ kind, unit, limit, query }: Panel): object {
  const suffix = UNITS[unit]
  const isOneNumber = query.kind === 'totals' && query.by.length === 0
  if (kind === 'stat' && isOneNumber)
    return { kind: 'Single_Stat', suffix, decimalPlaces: 2, colors: textColours(limit) }
  if (kind === 'lines' || kind === 'bars')
    return xy(kind === 'lines' ? 'line' : 'bar', suffix, limit)
  if (kind === 'states')
    return {
      ...{ kind: 'Mosaic', xCol: '_time', timeFormat: 'YYYY-MM-DD HH:mm:ss', hoverDimension: 'x' },
      ...{ ySeriesColumns: query.kind === 'totals' ? query.by : [], fillColumns: ['_value'] },
      ...{ axes: axes(''), colors: SERIES.map(colour('scale')) },
    }
  return {
    kind: 'Table',
    colors: textColours(undefined),
    timeFormat: 'YYYY-MM-DD HH:mm:ss',
    tableOptions: { verticalTimeAxis: true, wrapping: 'truncate' },
    fieldOptions: columnsOf(query).map(column => ({
      fieldName: column === 'time' ? '_time' : column,
      displayName: titleOf(column),
      visible: true,
    })),
  }
}

/** InfluxDB draws no limit as a line; what is over it has another colour, and the axis says it. */
const xy = (geom: 'line' | 'bar', suffix: string, limit: Limit | undefined): object => ({
  ...{ kind: 'Xy', geom, position: geom === 'bar' ? 'stacked' : 'overlaid' },
  ...{ xCol: '_time', yCol: '_value', timeFormat: 'YYYY-MM-DD HH:mm:ss', hoverDimension: 'auto' },
  ...{ axes: axes(suffix, limit?.says ?? ''), colors: SERIES.map(colour('scale')) },
})

const axes = (suffix: string, label = ''): readonly object[] => [
  { name: 'x', base: '10', scale: 'linear' },
  { name: 'y', base: '10', scale: 'linear', suffix, label },
]

const textColours = (limit: Limit | undefined): readonly object[] => [
  { id: 'base', name: 'base', type: 'text', hex: INK, value: 0 },
  ...(limit === undefined
    ? []
    : [{ id: 'limit', name: 'limit', type: 'text', hex: RED, value: limit.value }]),
]

const colour =
  (type: 'scale') =>
  (hex: string, index: number): object => ({
    id: `c${index}`,
    name: `mpwatch ${index}`,
    type,
    hex,
    value: 0,
  })

function checkObject(check: Check): object {
  const { kind, name, title, says, every, offset, query } = check
  const base = { name: title, description: says, every, offset, query, status: 'active' }
  if (kind === 'Task') return { kind, metadata: { name }, spec: base }
  const { level, message } = check
  const told = { ...base, statusMessageTemplate: message }
  if (kind === 'CheckDeadman') {
    const { timeSince, staleTime } = check
    return {
      kind,
      metadata: { name },
      spec: { ...told, level, timeSince, staleTime, reportZero: false },
    }
  }
  const thresholds = [{ type: check.type, level, value: check.value, allValues: false }]
  return { kind, metadata: { name }, spec: { ...told, thresholds } }
}
