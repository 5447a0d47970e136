// The schema of the history, as the list of steps that lead to it. A store remembers how many it has taken; the
// rest is done when it is opened. A step that has been released is never changed: a new one is added.

import type { Connection } from './database.ts'

type Step = (connection: Connection) => Promise<void>

const statements =
  (...list: readonly string[]): Step =>
  async connection => {
    for (const sql of list) await connection.run(sql)
  }

// Times are Unix milliseconds. `seq` is the line of the journal that holds the finding as it stands, `number` the line
// in which an event, an act or an incident was first written. No keys and no indexes: DuckDB keeps those in memory,
// and a scan of one column of a million rows takes milliseconds.
export const MIGRATIONS: readonly Step[] = [
  statements(
    `create table findings (
       id varchar, seq bigint, bytes bigint, state varchar, severity integer, verdict varchar, reason varchar,
       "row" varchar, source varchar, destination varchar, closed_ms bigint, last_ms bigint, at_ms bigint, json varchar)`,
    'create table events (number bigint, id varchar, capture_ms bigint, at_ms bigint, json varchar)',
    `create table acts (
       number bigint, seq bigint, kind varchar, at_ms bigint, target varchar, until_ms bigint, ended_ms bigint,
       json varchar)`,
    'create table blind (id varchar, from_ms bigint, to_ms bigint, json varchar)',
    'create table coverage (capture_ms bigint, json varchar)',
    'create table ledger (slot bigint, capture_ms bigint, json varchar)',
    'create table cursors (name varchar, number bigint)',
    'create table state (name varchar, value bigint)',
    `insert into state values ('applied', 0), ('latest', 0)`,
  ),
]
