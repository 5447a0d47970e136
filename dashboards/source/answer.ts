// What InfluxDB 1 answers to the query of a panel, as rows: with what Grafana does to them afterwards by its transformations
// (transformations.ts), since InfluxQL neither groups by a field nor sorts by a sum.

import { FINDING_KEY, OVER, type Query } from './query.ts'

export type Cell = string | number | boolean | null
/** By column; `time` in Unix milliseconds. */
export type Row = Readonly<Record<string, Cell>>

/** Rows of one series, as InfluxQL answers them. */
export interface Series {
  readonly tags?: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: readonly (readonly Cell[])[]
}

/** The rows that the panel shows; `answers` are those of the targets of the query, in order. */
export function rowsOf(query: Query, answers: readonly (readonly Series[])[]): readonly Row[] {
  const rows = answers.flat().flatMap(rowsOfSeries)
  switch (query.kind) {
    case 'totals': {
      const { worst } = query
      if (worst === undefined) return rows
      return sorted(rows, row => -Number(row[worst.by])).slice(0, worst.limit)
    }
    case 'standing': {
      const open = [...latestOfEach(rows).values()].filter(row => row['phase'] !== OVER)
      if (query.columns === null) return counted(open)
      return open.toSorted((one, other) => compare(one['severity'], other['severity']))
    }
    case 'census':
      return query.names.flatMap((name, place) => {
        const [row] = (answers[place] ?? []).flatMap(rowsOfSeries)
        return row === undefined ? [] : [{ name, count: row[name] ?? 0 }]
      })
    default:
      return rows
  }
}

const rowsOfSeries = ({ tags = {}, columns, values }: Series): readonly Row[] =>
  values.map(cells => ({
    ...tags,
    ...Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null])),
  }))

/** The latest comes first. */
function latestOfEach(rows: readonly Row[]): ReadonlyMap<Cell, Row> {
  const latest = new Map<Cell, Row>()
  for (const row of rows) {
    const key = row[FINDING_KEY] ?? null
    if (!latest.has(key)) latest.set(key, row)
  }
  return latest
}

function counted(rows: readonly Row[]): readonly Row[] {
  const counts = new Map<string, number>()
  for (const { severity } of rows)
    counts.set(String(severity), (counts.get(String(severity)) ?? 0) + 1)
  return [...counts]
    .toSorted(([one], [other]) => compare(one, other))
    .map(([name, count]) => ({ name, count }))
}

/** Stable, so what is equal stays in its order. */
const sorted = (rows: readonly Row[], key: (row: Row) => number): readonly Row[] =>
  rows.toSorted((one, other) => key(one) - key(other))

/** `critical`, `high` and `medium` are in this order as words, too. */
const compare = (one: Cell | undefined, other: Cell | undefined): number =>
  String(one) < String(other) ? -1 : String(one) > String(other) ? 1 : 0
