// What Grafana does to the rows of an InfluxQL query before it shows them: InfluxQL neither groups by a field nor sorts by
// a sum. The same in TypeScript is answer.ts; Flux needs none of it but the names of columns.

import { FINDING_KEY, OVER, type Query } from './query.ts'
import { titleOf } from './words.ts'

export interface Transformation {
  readonly id: string
  readonly options: object
}

/** Of InfluxQL, in the order in which they are done. */
export function transformationsOf(query: Query): readonly Transformation[] {
  if (query.kind === 'standing') return standing(query.columns)
  const worst = query.kind === 'totals' && query.worst !== undefined ? worstFirst(query.worst) : []
  return [...worst, ...renamed(query)]
}

/** Of Flux: the query has done the rest. */
export const fluxTransformationsOf = (query: Query): readonly Transformation[] =>
  query.kind === 'standing' && query.columns === null ? [] : renamed(query)

/** Columns that a table shows, in order. */
export function columnsOf(query: Query): readonly string[] {
  switch (query.kind) {
    case 'totals':
      return [...query.by, ...query.values.map(value => value.as)]
    case 'rows':
      return ['time', ...query.columns]
    case 'latest':
      return [...query.by, ...query.columns]
    case 'standing':
      return query.columns ?? []
    default:
      return []
  }
}

function worstFirst({ by, limit }: { readonly by: string; readonly limit: number }) {
  return [
    { id: 'sortBy', options: { fields: {}, sort: [{ field: by, desc: true }] } },
    { id: 'limit', options: { limitField: limit } },
  ]
}

function standing(columns: readonly string[] | null): readonly Transformation[] {
  const kept = columns ?? ['severity']
  const first = { operation: 'aggregate', aggregations: ['first'] }
  const latest = {
    id: 'groupBy',
    options: {
      fields: {
        [FINDING_KEY]: { operation: 'groupby', aggregations: [] },
        ...Object.fromEntries([...new Set(['phase', ...kept])].map(column => [column, first])),
      },
    },
  }
  const open = {
    id: 'filterByValue',
    options: {
      filters: [{ fieldName: firstOf('phase'), config: { id: 'equal', options: { value: OVER } } }],
      ...{ type: 'exclude', match: 'any' },
    },
  }
  if (columns !== null)
    return [
      ...[latest, open, WORST_FIRST],
      organize(
        columns.map(column => [firstOf(column), titleOf(column)]),
        [FINDING_KEY, firstOf('phase')],
      ),
    ]
  return [latest, open, ...countedBySeverity()]
}

function countedBySeverity(): readonly Transformation[] {
  const [severity, count] = [firstOf('severity'), `${FINDING_KEY} (count)`]
  const fields = {
    [severity]: { operation: 'groupby', aggregations: [] },
    [FINDING_KEY]: { operation: 'aggregate', aggregations: ['count'] },
  }
  const mappings = [
    { fieldName: severity, handlerKey: 'field.name' },
    { fieldName: count, handlerKey: 'field.value' },
  ]
  return [
    { id: 'groupBy', options: { fields } },
    WORST_FIRST,
    { id: 'rowsToFields', options: { mappings } },
  ]
}

const renamed = (query: Query): readonly Transformation[] => {
  // A chart over time needs its time, and has its names from tags.
  if (query.kind === 'totals' && query.isOverTime) return []
  const columns = columnsOf(query)
  const isTimed = query.kind === 'rows'
  return columns.length === 0
    ? []
    : [
        organize(
          columns.flatMap(column =>
            column === 'time'
              ? TIMES.map(name => [name, titleOf('time')] as const)
              : [[column, titleOf(column)] as const],
          ),
          isTimed ? [] : TIMES,
        ),
      ]
}

/** What the two languages call the time of a row. */
const TIMES = ['Time', '_time'] as const

function organize(
  columns: readonly (readonly [name: string, title: string])[],
  left: readonly string[],
): Transformation {
  return {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(left.map(name => [name, true])),
      indexByName: Object.fromEntries(columns.map(([name], index) => [name, index])),
      renameByName: Object.fromEntries(columns),
    },
  }
}

const firstOf = (column: string): string => `${column} (first)`

/** `critical`, `high` and `medium` are in this order as words, too. */
const WORST_FIRST: Transformation = {
  id: 'sortBy',
  options: { fields: {}, sort: [{ field: firstOf('severity') }] },
}
