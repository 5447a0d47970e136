// Findings, events and acts as small as a sentence, and folders that go away again.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Act, FindingEvent, Incident, StoredFinding } from '../../src/model/lifecycle.ts'
import type { ReportedFinding } from '../../src/model/result.ts'
import { type DuckStore, openStore, type StoreOptions } from '../../src/store/store.ts'

export const NOON_MS = Date.UTC(2026, 2, 2, 12)
export const DAY_MS = 86_400_000
export const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 10_000 }

export const idOf = (number: number): string => `f-${number.toString(16).padStart(12, '0')}`

const finding = (given: Partial<ReportedFinding> = {}): ReportedFinding => ({
  ...{ id: idOf(1), severity: 'high', verdict: 'escaped', reason: 'over_exposed' },
  ...{ confidence: 'confirmed', title: 'The Internet reaches the database', row: 'I-09' },
  cite: { section: 'Incoming', table: 'incoming', server: 'Application Server', row: 'SQL 1433' },
  ...{ says: 'The database is for its own servers.', rule: 'rules/policy.yaml:12' },
  ...{ source: 'external@internet', destination: 'app-a', service: 'tcp/1433' },
  ...{ expected: 'app -> app tcp/1433', fix: 'Close it.', exception: null },
  ...{ members: 1, packets: 10, bytes: 1_000 },
  ...{ first: '2026-03-02T12:00:00.000000000Z', last: '2026-03-02T12:00:01.000000000Z' },
  ...{ why: [], examples: [], frames: [] },
  ...given,
})

export const stored = (
  given: Partial<ReportedFinding> = {},
  of: Partial<StoredFinding> = {},
): StoredFinding => ({
  finding: finding(given),
  ...{ state: 'open', firstOpenedMs: NOON_MS, openedMs: NOON_MS, closedMs: null },
  ...{ lastMs: NOON_MS, episodes: 1, storm: null, acknowledgement: null, counted: {} },
  ...of,
})

export const event = (
  given: Partial<ReportedFinding> = {},
  of: Partial<StoredFinding> = {},
  at: Partial<FindingEvent> = {},
): FindingEvent => ({
  ...{ kind: 'finding', phase: 'open', captureMs: NOON_MS, atMs: NOON_MS },
  ...{ stored: stored(given, of), isPage: true, held: null },
  ...at,
})

export const closed = (number: number, atMs = NOON_MS): FindingEvent =>
  event({ id: idOf(number) }, { state: 'closed', closedMs: atMs }, { phase: 'close', atMs })

export const suppression = (id: string, untilMs: number): Act => ({
  ...{ kind: 'suppress', atMs: NOON_MS },
  suppression: {
    ...{ id, scope: { rows: ['I-09'] }, reason: 'known, is being moved', author: 'ada' },
    ...{ fromMs: NOON_MS, untilMs },
  },
})

export const lost = (count: number): Incident => ({
  ...{ kind: 'lost', atMs: NOON_MS, what: 'rows', count, why: 'full' },
})

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mpwatch-store-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export const open = (path: string, given: Partial<StoreOptions> = {}): Promise<DuckStore> =>
  openStore(path, { now: () => NOON_MS, ...given })

/** Opens the store, and closes it again whatever happens. */
export async function within<Value>(
  path: string,
  work: (store: DuckStore) => Promise<Value>,
  given: Partial<StoreOptions> = {},
): Promise<Value> {
  const store = await open(path, given)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
