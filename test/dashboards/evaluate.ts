// What the query of a panel says, in plain TypeScript over the points themselves: what a database ought to answer.

import type { Cell, Row } from '../../dashboards/source/answer.ts'
import type { Condition, Query, Totals, Value } from '../../dashboards/source/query.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'

export interface Window {
  readonly fromMs: number
  readonly toMs: number
  readonly everyMs: number
}

const NS_OF_MS = 1_000_000n

/** The rows that a panel with this query must show, in no order where the query gives none. */
export function evaluated(
  query: Query,
  points: readonly InfluxPoint[],
  shown: Window,
): readonly Row[] {
  const [from, to] = [BigInt(shown.fromMs) * NS_OF_MS, BigInt(shown.toMs) * NS_OF_MS]
  const chosen = points
    .filter(({ measurement }) => measurement === query.measurement)
    .filter(({ timeNs }) => timeNs >= from && timeNs <= to)
    .filter(point => (query.where ?? []).every(condition => holds(point, condition)))
    .toSorted((one, other) => Number(one.timeNs - other.timeNs))
  switch (query.kind) {
    case 'totals':
      return totals(query, chosen, shown.everyMs)
    case 'rows':
      return chosen
        .toReversed()
        .slice(0, query.limit)
        .map(point => row(point, query.columns))
    case 'latest':
      return [...grouped(chosen, query.by).values()]
        .map(group => last(group))
        .filter(
          point => query.having === undefined || at(point, query.having[0]) === query.having[1],
        )
        .map(point => row(point, [...query.by, ...query.columns]))
    case 'standing': {
      const open = [...grouped(chosen, ['alert_id']).values()]
        .map(last)
        .filter(point => point.tags['phase'] !== 'close')
      if (query.columns === null) return counts(open.map(point => String(at(point, 'severity'))))
      const { columns } = query
      return open.map(point => row(point, columns))
    }
    case 'census':
      return counts(
        [...grouped(chosen, [query.by]).values()].map(
          group => query.names[Number(at(last(group), query.field))] ?? 'other',
        ),
      )
    case 'changes':
      return [...grouped(chosen, [query.by]).values()].flatMap(group =>
        group.slice(1).flatMap((point, index) => {
          const before = group[index]
          const step =
            Number(at(point, query.field)) -
            Number(before === undefined ? 0 : at(before, query.field))
          return step === 0 ? [] : [{ ...row(point, [query.by]), step }]
        }),
      )
  }
}

function totals(query: Totals, points: readonly InfluxPoint[], everyMs: number): readonly Row[] {
  const windowOf = ({ timeNs }: InfluxPoint): string =>
    query.isOverTime ? String((timeNs / NS_OF_MS / BigInt(everyMs)) * BigInt(everyMs)) : ''
  const groups = grouped(points, query.by, windowOf)
  const rows = [...groups].flatMap(([, group]) => {
    const first = last(group)
    const values = query.values.map(value => [value.as, numberOf(value, group, everyMs)] as const)
    if (values.every(([, value]) => value === null)) return []
    return [
      {
        ...(query.isOverTime ? { time: Number(windowOf(first)) } : {}),
        ...Object.fromEntries(query.by.map(tag => [tag, first.tags[tag] ?? null])),
        ...Object.fromEntries(values),
      },
    ]
  })
  const { worst } = query
  if (worst === undefined) return rows
  return rows
    .toSorted((one, other) => Number(cell(other, worst.by)) - Number(cell(one, worst.by)))
    .slice(0, worst.limit)
}

const cell = (row: Readonly<Record<string, Cell>>, name: string): Cell => row[name] ?? null

function numberOf(value: Value, group: readonly InfluxPoint[], everyMs: number): Cell {
  const all = (field: string) =>
    group.flatMap(point => (at(point, field) === null ? [] : [at(point, field)]))
  const sum = (field: string) => all(field).reduce<number>((total, one) => total + Number(one), 0)
  if ('share' in value) {
    const [parts, wholes] = value.share
    const total = (fields: readonly string[]) =>
      fields.map(sum).reduce((one, other) => one + other, 0)
    return wholes.some(field => all(field).length === 0)
      ? null
      : (100 * total(parts)) / total(wholes)
  }
  if ('perSecond' in value) return (sum(value.perSecond) * 1000) / everyMs
  const cells = all(value.field)
  if (cells.length === 0) return null
  if (value.of === 'last') return cells.at(-1) ?? null
  if (value.of === 'count') return cells.length
  if (value.of === 'sum') return sum(value.field)
  return cells.map(Number).reduce((one, other) => Math[value.of as 'max' | 'min'](one, other))
}

function holds(point: InfluxPoint, [name, operator, value]: Condition): boolean {
  const own = at(point, name)
  if (typeof value === 'object') return value.includes(String(own))
  if (operator === '>') return own !== null && Number(own) > Number(value)
  return operator === '=' ? own === value : own !== value
}

function grouped(
  points: readonly InfluxPoint[],
  by: readonly string[],
  also: (point: InfluxPoint) => string = () => '',
): ReadonlyMap<string, readonly InfluxPoint[]> {
  const groups = new Map<string, InfluxPoint[]>()
  for (const point of points) {
    const key = JSON.stringify([also(point), ...by.map(name => at(point, name))])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [point])
    else group.push(point)
  }
  return groups
}

function counts(names: readonly string[]): readonly Row[] {
  const found = new Map<string, number>()
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1)
  return [...found].map(([name, count]) => ({ name, count }))
}

const at = ({ tags, fields }: InfluxPoint, name: string): Cell => tags[name] ?? fields[name] ?? null

const row = (point: InfluxPoint, columns: readonly string[]): Row => ({
  time: Number(point.timeNs / NS_OF_MS),
  ...Object.fromEntries(columns.map(column => [column, at(point, column)])),
})

function last(group: readonly InfluxPoint[]): InfluxPoint {
  const point = group.at(-1)
  if (point === undefined) throw new Error('a group has a point')
  return point
}
