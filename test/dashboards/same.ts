// Whether an InfluxDB answers a panel with the numbers that plain TypeScript makes of the same points.

import { expect } from 'vitest'
import type { Cell, Row } from '../../dashboards/source/answer.ts'
import type { Query } from '../../dashboards/source/query.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import type { Chosen } from './ask.ts'
import { evaluated } from './evaluate.ts'

/** Digits that are the same: floats may be added in another order. */
const DIGITS = 9

/** Of rows that are equally bad any may come first. */
export function expectSame(
  query: Query,
  rows: readonly Row[],
  points: readonly InfluxPoint[],
  chosen: Chosen,
): void {
  const { worst, ...all } = query.kind === 'totals' ? query : { ...query, worst: undefined }
  const expected = texts(query, evaluated(all, points, chosen))
  if (worst === undefined) {
    expect(texts(query, rows)).toEqual(expected)
    return
  }
  for (const line of texts(query, rows)) expect(expected).toContain(line)
  const values = (some: readonly Row[]) =>
    some.map(row => Number(row[worst.by]).toPrecision(DIGITS))
  expect(values(rows)).toEqual(values(evaluated(query, points, chosen)))
}

/** Rows as sorted lines, without the time where it says nothing; numbers by their first digits. */
function texts(query: Query, rows: readonly Row[]): readonly string[] {
  const isTimed =
    query.kind === 'rows' ||
    query.kind === 'changes' ||
    (query.kind === 'totals' && query.isOverTime)
  return rows
    .map(row =>
      Object.entries(row)
        .filter(([name, value]) => (name !== 'time' || isTimed) && value !== null)
        .filter(([name]) => query.kind !== 'standing' || shows(query, name))
        .map(([name, value]) => `${name}=${name === 'time' ? millis(value) : text(value)}`)
        .toSorted()
        .join(' '),
    )
    .toSorted()
}

const shows = (query: Query, name: string): boolean =>
  query.kind === 'standing' && (query.columns?.includes(name) ?? true)

const millis = (value: Cell): number =>
  typeof value === 'string' ? Date.parse(value) : Number(value)

const text = (value: Cell): string =>
  typeof value === 'number' ? value.toPrecision(DIGITS) : String(value)
