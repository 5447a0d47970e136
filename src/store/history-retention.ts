// What may go: findings that closed long ago, with their events, and acts and incidents of that time; and of the
// journal what is no longer the latest of its finding.

import type { Connection } from './database.ts'
import type { Numbered } from './journal-entry.ts'

/** The latest of what each route has told, without which it would be taken for a new one. */
const LATEST_TOLD = `select max(number) from acts where kind = 'notified' group by target`

/** Removes what ended before `beforeMs`, both by the monitor's own clock. The caller has begun a transaction. */
export async function removeOld(
  db: Connection,
  { beforeMs, nowMs }: { readonly beforeMs: number; readonly nowMs: number },
): Promise<void> {
  await db.run(`delete from findings where state = 'closed' and at_ms < ?`, [beforeMs])
  await db.run('delete from events where at_ms < ?', [beforeMs])
  await db.run(
    `delete from acts where at_ms < ? and coalesce(until_ms, 0) < ? and number not in (${LATEST_TOLD})`,
    [beforeMs, nowMs],
  )
  await db.run('delete from blind where to_ms < ?', [beforeMs])
}

/** What routes have told since then is kept: whatever is still open was told again meanwhile, if it ever is. */
const TOLD_DAYS = 8
const DAY_MS = 86_400_000

/** Bytes of lines of the journal that must stay. */
export async function bytesInForce(db: Connection, nowMs: number): Promise<number> {
  const [row] = await db.all(
    `select (select coalesce(sum(bytes), 0) from findings)
       + (select coalesce(sum(strlen(json)), 0) from acts where kind = 'notified' and at_ms > ?) as bytes`,
    [nowMs - TOLD_DAYS * DAY_MS],
  )
  return Number(row?.['bytes'] ?? 0)
}

/** Those of the entries, of one file of the journal, that must stay; as they stand now. */
export async function inForce(
  db: Connection,
  entries: readonly Numbered[],
  nowMs: number,
): Promise<readonly Numbered[]> {
  const [first, last] = [entries.at(0), entries.at(-1)]
  if (first === undefined || last === undefined) return []
  const findings = await db.all('select seq, json from findings where seq between ? and ?', [
    first.seq,
    last.seq,
  ])
  // What began a run is kept, so that an audit knows what the store has; of the others what is not over.
  const acts = await db.all(
    `select seq from acts where seq between ? and ?
     and (kind = 'started' or (until_ms > ? and coalesce(ended_ms, until_ms) > ?)
       or (kind = 'notified' and (at_ms > ? or number in (${LATEST_TOLD}))))`,
    [first.seq, last.seq, nowMs, nowMs, nowMs - TOLD_DAYS * DAY_MS],
  )
  const stored = new Map(findings.map(row => [Number(row['seq']), String(row['json'])]))
  const kept = new Set(acts.map(row => Number(row['seq'])))
  return entries.flatMap(numbered => {
    const { entry } = numbered
    if (entry.kind !== 'finding') return kept.has(numbered.seq) ? [numbered] : []
    const json = stored.get(numbered.seq)
    return json === undefined
      ? []
      : [{ ...numbered, entry: { ...entry, stored: JSON.parse(json) } }]
  })
}
