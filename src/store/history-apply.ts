// Entries of the journal to rows of the history. All of a group goes into one transaction together with the number
// up to which the journal has been applied, so that no entry is applied twice and none is left out.

import { SEVERITIES } from '../model/finding.ts'
import type { Act, Entry, FindingEvent, StoredFinding } from '../model/lifecycle.ts'
import { inertJson } from '../model/text.ts'
import type { Connection, Value } from './database.ts'
import type { Numbered } from './journal-entry.ts'

type Cell = string | number | null

/** Entries after the number that was applied last; in order. The caller has begun a transaction. */
export async function apply(connection: Connection, entries: readonly Numbered[]): Promise<void> {
  const last = entries.at(-1)
  if (last === undefined) return
  for (const group of groupsOf(entries)) {
    await applyFindings(connection, group.filter(isFinding))
    await applyOthers(
      connection,
      group.filter(entry => !isFinding(entry)),
    )
  }
  await connection.run(`update state set value = ? where name = 'applied'`, [last.seq])
  const latest = Math.max(...entries.map(({ entry }) => captureMsOf(entry) ?? 0))
  await connection.run(`update state set value = greatest(value, ?) where name = 'latest'`, [
    latest,
  ])
}

interface NumberedEvent extends Numbered {
  readonly entry: FindingEvent
}

const isFinding = (numbered: Numbered): numbered is NumberedEvent =>
  numbered.entry.kind === 'finding'

/** An acknowledgement changes the finding as it stands then, so it ends its group. */
function groupsOf(entries: readonly Numbered[]): readonly (readonly Numbered[])[] {
  const groups: Numbered[][] = [[]]
  for (const numbered of entries) {
    groups.at(-1)?.push(numbered)
    if (isAnswer(numbered.entry)) groups.push([])
  }
  return groups
}

type Answer = Extract<Act, { kind: 'acknowledge' | 'unacknowledge' }>

const isAnswer = (entry: Entry): entry is Answer =>
  entry.kind === 'acknowledge' || entry.kind === 'unacknowledge'

async function applyFindings(
  connection: Connection,
  events: readonly NumberedEvent[],
): Promise<void> {
  if (events.length === 0) return
  const latest = new Map(events.map(numbered => [numbered.entry.stored.finding.id, numbered]))
  await connection.run('delete from findings where id in (select unnest(?))', [[...latest.keys()]])
  await connection.append('findings', [...latest.values()].map(findingRow))
  const known = await numbersKnown(connection, 'events', events)
  await connection.append('events', events.filter(({ number }) => !known.has(number)).map(eventRow))
}

/** Numbers of those that were carried over and are rows already. */
async function numbersKnown(
  connection: Connection,
  table: 'events' | 'acts',
  entries: readonly Numbered[],
): Promise<ReadonlySet<number>> {
  const carried = entries.filter(({ seq, number }) => seq !== number)
  if (carried.length === 0) return new Set()
  const rows = await connection.all(
    `select number from ${table} where number in (select unnest(?)::bigint)`,
    [carried.map(({ number }) => String(number))],
  )
  return new Set(rows.map(({ number }) => Number(number)))
}

const findingRow = ({ seq, bytes, entry }: NumberedEvent): readonly Cell[] => {
  const { finding, state, closedMs, lastMs } = entry.stored
  return [
    ...[finding.id, seq, bytes, state, SEVERITIES.indexOf(finding.severity)],
    ...[finding.verdict, finding.reason, finding.row, finding.source, finding.destination],
    ...[closedMs, lastMs, entry.atMs, text(entry.stored)],
  ]
}

const eventRow = ({ number, entry }: NumberedEvent): readonly Cell[] => [
  ...[number, entry.stored.finding.id, entry.captureMs, entry.atMs, text(entry)],
]

async function applyOthers(connection: Connection, entries: readonly Numbered[]): Promise<void> {
  if (entries.length === 0) return
  const known = await numbersKnown(connection, 'acts', entries)
  const moved = entries.filter(({ number }) => known.has(number))
  for (const { seq, number } of moved)
    await connection.run('update acts set seq = ? where number = ?', [seq, number])
  const fresh = entries.filter(({ number }) => !known.has(number))
  await connection.append('acts', fresh.map(actRow))
  for (const { entry } of fresh) await applyEffect(connection, entry)
}

const actRow = ({ seq, number, entry }: Numbered): readonly Cell[] => [
  ...[number, seq, entry.kind, entry.atMs, targetOf(entry), untilOf(entry), null, text(entry)],
]

function targetOf(entry: Entry): string | null {
  if (entry.kind === 'suppress') return entry.suppression.id
  if (entry.kind === 'maintain') return entry.maintenance.id
  if (entry.kind === 'started') return entry.run.id
  if (entry.kind === 'notified') return entry.route
  return 'id' in entry ? entry.id : null
}

function untilOf(entry: Entry): number | null {
  if (entry.kind === 'suppress') return entry.suppression.untilMs
  return entry.kind === 'maintain' ? entry.maintenance.untilMs : null
}

async function applyEffect(connection: Connection, entry: Entry): Promise<void> {
  if (entry.kind === 'end')
    await connection.run(
      `update acts set ended_ms = ? where target = ? and kind in ('suppress', 'maintain')`,
      [entry.atMs, entry.id],
    )
  else if (entry.kind === 'blind') {
    const { id, fromMs, toMs } = entry.interval
    await connection.run('delete from blind where id = ?', [id])
    await connection.append('blind', [[id, fromMs, toMs, text(entry.interval)]])
  } else if (isAnswer(entry)) await answer(connection, entry)
}

/** Puts the acknowledgement into the finding, which a later event of it replaces whole. */
async function answer(connection: Connection, act: Answer): Promise<void> {
  const [row] = await connection.all('select json from findings where id = ?', [act.id])
  if (row === undefined) return
  const stored: StoredFinding = JSON.parse(String(row['json']))
  const { author, comment, atMs } = act
  const { members, severity } = stored.finding
  const acknowledgement =
    act.kind === 'unacknowledge' ? null : { author, comment, atMs, members, severity }
  const values: Value[] = [text({ ...stored, acknowledgement }), act.id]
  await connection.run('update findings set json = ? where id = ?', values)
}

const captureMsOf = (entry: Entry): number | null =>
  entry.kind === 'finding' ? entry.captureMs : null

const text = (value: unknown): string => inertJson(JSON.stringify(value))
