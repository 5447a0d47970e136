// Questions to the history. Each is bounded by a limit or by what is open.

import type { Coverage } from '../model/coverage.ts'
import { SEVERITIES } from '../model/finding.ts'
import type {
  Entry,
  FindingEvent,
  Maintenance,
  Notified,
  RunInfo,
  StoredFinding,
  Suppression,
} from '../model/lifecycle.ts'
import type { BlindInterval } from '../model/live.ts'
import type {
  EventQuery,
  FindingQuery,
  NumberedEntry,
  NumberedEvent,
  Period,
} from '../model/store.ts'
import type { Connection, Row, Value } from './database.ts'

const DAY_MS = 86_400_000

export async function activeFindings(db: Connection): Promise<readonly StoredFinding[]> {
  const rows = await db.all(
    `select json from findings
     where state = 'open' or closed_ms > (select value from state where name = 'latest') - ?
     order by id`,
    [DAY_MS],
  )
  return parsed(rows)
}

export async function findById(
  db: Connection,
  ids: readonly string[],
): Promise<readonly StoredFinding[]> {
  if (ids.length === 0) return []
  return parsed(
    await db.all('select json from findings where id in (select unnest(?)) order by id', [ids]),
  )
}

/** Findings to which one of these runs has counted something. */
export async function countedBy(
  db: Connection,
  runs: readonly string[],
): Promise<readonly StoredFinding[]> {
  const found: StoredFinding[] = []
  for (const run of runs)
    found.push(
      ...parsed<StoredFinding>(
        await db.all('select json from findings where contains(json, ?) order by id', [
          JSON.stringify(run),
        ]),
      ),
    )
  return found.filter(({ counted }) => runs.some(run => Object.hasOwn(counted, run)))
}

export async function findingsOf(
  db: Connection,
  query: FindingQuery,
): Promise<readonly StoredFinding[]> {
  const { where, values } = conditionOf(query)
  const page: Value[] = [query.limit, query.offset]
  const order = query.afterId === undefined ? 'severity, last_ms desc, id' : 'id'
  return parsed(
    await db.all(`select json from findings ${where} order by ${order} limit ? offset ?`, [
      ...values,
      ...page,
    ]),
  )
}

export async function countFindings(
  db: Connection,
  query: Omit<FindingQuery, 'limit' | 'offset'>,
): Promise<number> {
  const { where, values } = conditionOf(query)
  const [row] = await db.all(`select count(*) as count from findings ${where}`, values)
  return Number(row?.['count'] ?? 0)
}

function conditionOf(query: Omit<FindingQuery, 'limit' | 'offset'>): {
  readonly where: string
  readonly values: readonly Value[]
} {
  const severities = query.severities?.map(name =>
    String((SEVERITIES as readonly string[]).indexOf(name)),
  )
  const oneOf = (column: string) => `${column} in (select unnest(?))`
  const conditions: (readonly [sql: string, ...values: Value[]] | null)[] = [
    query.ids === undefined ? null : [oneOf('id'), query.ids],
    query.rows === undefined ? null : [oneOf('"row"'), query.rows],
    query.verdicts === undefined ? null : [oneOf('verdict'), query.verdicts],
    query.reasons === undefined ? null : [oneOf('reason'), query.reasons],
    severities === undefined ? null : [oneOf('severity::varchar'), severities],
    query.nodes === undefined
      ? null
      : [`(${oneOf('source')} or ${oneOf('destination')})`, query.nodes, query.nodes],
    query.sources === undefined ? null : [oneOf('source'), query.sources],
    query.destinations === undefined ? null : [oneOf('destination'), query.destinations],
    query.state === undefined ? null : ['state = ?', query.state],
    query.sinceMs === undefined ? null : ['last_ms >= ?', query.sinceMs],
    query.afterId === undefined ? null : ['id > ?', query.afterId],
  ]
  const given = conditions.filter(condition => condition !== null)
  return {
    where: given.length === 0 ? '' : `where ${given.map(([sql]) => sql).join(' and ')}`,
    values: given.flatMap(([, ...values]) => values),
  }
}

export async function eventsOf(
  db: Connection,
  { fromMs, toMs, id, afterNumber = 0, limit }: EventQuery,
): Promise<readonly NumberedEvent[]> {
  const values: Value[] = [fromMs, toMs, afterNumber, ...(id === undefined ? [] : [id]), limit]
  const rows = await db.all(
    `select number, json from events where capture_ms >= ? and capture_ms < ? and number > ?
     ${id === undefined ? '' : 'and id = ?'} order by number limit ?`,
    values,
  )
  return rows.map(row => ({
    ...(JSON.parse(String(row['json'])) as FindingEvent),
    number: Number(row['number']),
  }))
}

/** Of the given kinds, in the order of their numbers. */
export async function entriesAfter<Kind extends Entry['kind']>(
  db: Connection,
  number: number,
  limit: number,
  kinds: readonly Kind[],
): Promise<readonly NumberedEntry<Kind>[]> {
  const rows = await db.all(
    `select number, json from (
       select number, 'finding' as kind, json from events
       union all
       select number, kind, json from acts
     ) where kind in (select unnest(?)) and number > ? order by number limit ?`,
    [kinds, number, limit],
  )
  return rows.map(row => ({
    number: Number(row['number']),
    entry: JSON.parse(String(row['json'])),
  }))
}

/** What tells kinds of events apart, as places in their JSON. */
const KIND_OF_EVENT = [
  ...['row', 'verdict', 'reason', 'severity', 'confidence', 'examples[0].sensors'].map(
    name => `$.stored.finding.${name}`,
  ),
  '$.phase',
]

/** The first event of each kind, of so many kinds at the most. */
export async function eventKinds(
  db: Connection,
  limit: number,
): Promise<readonly NumberedEntry<'finding'>[]> {
  const rows = await db.all(
    `select number, json from events where number in (
       select min(number) from events group by json_extract_string(json, ?::varchar[])
       order by 1 limit ?) order by number`,
    [KIND_OF_EVENT, limit],
  )
  return rows.map(row => ({
    number: Number(row['number']),
    entry: JSON.parse(String(row['json'])),
  }))
}

/** How many there are, and the number of the last of them. */
export async function countEntriesAfter(
  db: Connection,
  number: number,
  kinds: readonly Entry['kind'][],
): Promise<{ readonly count: number; readonly last: number }> {
  const [row = {}] = await db.all(
    `select count(*) as count, max(number) as last from (
       select number, 'finding' as kind from events
       union all
       select number, kind from acts
     ) where kind in (select unnest(?)) and number > ?`,
    [kinds, number],
  )
  return { count: Number(row['count']), last: Number(row['last'] ?? number) }
}

export async function timelineOf(
  db: Connection,
  { fromMs, toMs, limit }: Period & { readonly limit: number },
): Promise<readonly Exclude<Entry, FindingEvent | Notified>[]> {
  return parsed(
    await db.all(
      `select json from acts where at_ms >= ? and at_ms < ? and kind <> 'notified'
       order by number limit ?`,
      [fromMs, toMs, limit],
    ),
  )
}

export async function blindIn(
  db: Connection,
  { fromMs, toMs }: Period,
): Promise<readonly BlindInterval[]> {
  return parsed(
    await db.all(
      `select json from blind where from_ms < ? and coalesce(to_ms, ?) >= ? order by from_ms, id`,
      [toMs, toMs, fromMs],
    ),
  )
}

const IN_FORCE = `
  select json from acts
  where kind = ? and until_ms > ? and (ended_ms is null or ended_ms > ?)
  qualify row_number() over (partition by target order by number desc) = 1
  order by number`

export async function suppressionsAt(
  db: Connection,
  atMs: number,
): Promise<readonly Suppression[]> {
  const acts: readonly { readonly suppression: Suppression }[] = parsed(
    await db.all(IN_FORCE, ['suppress', atMs, atMs]),
  )
  return acts.map(({ suppression }) => suppression)
}

export async function maintenancesAt(
  db: Connection,
  atMs: number,
): Promise<readonly Maintenance[]> {
  const acts: readonly { readonly maintenance: Maintenance }[] = parsed(
    await db.all(IN_FORCE, ['maintain', atMs, atMs]),
  )
  return acts.map(({ maintenance }) => maintenance)
}

export async function runsOf(
  db: Connection,
): Promise<readonly { readonly atMs: number; readonly run: RunInfo }[]> {
  return parsed(
    await db.all(
      `select json from acts where kind = 'started'
       qualify row_number() over (partition by target order by number) = 1 order by number`,
    ),
  )
}

export async function coverageIn(
  db: Connection,
): Promise<{ readonly captureMs: number; readonly coverage: Coverage } | null> {
  const [row] = await db.all('select capture_ms, json from coverage')
  if (row === undefined) return null
  return { captureMs: Number(row['capture_ms']), coverage: JSON.parse(String(row['json'])) }
}

export async function cursorsIn(db: Connection): Promise<ReadonlyMap<string, number>> {
  const rows = await db.all('select name, number from cursors')
  return new Map(rows.map(({ name, number }) => [String(name), Number(number)]))
}

export async function findingCounts(
  db: Connection,
): Promise<{ readonly open: number; readonly all: number }> {
  const [row] = await db.all(
    `select count(*) as count, count(*) filter (state = 'open') as open from findings`,
  )
  return { open: Number(row?.['open'] ?? 0), all: Number(row?.['count'] ?? 0) }
}

export async function appliedIn(db: Connection): Promise<number> {
  const [row] = await db.all(`select value from state where name = 'applied'`)
  return Number(row?.['value'] ?? 0)
}

/** Our own rows, written by us; a file that somebody else changed is refused before they are read. */
const parsed = <Value>(rows: readonly Row[]): readonly Value[] =>
  rows.map(row => JSON.parse(String(row['json'])))
