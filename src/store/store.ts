// The store in one folder: the journal, which is the truth of findings, acts and incidents; the history made of it,
// which can be asked; and files of metrics, which may be lost, the oldest first.

import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Coverage } from '../model/coverage.ts'
import type { Ledger } from '../model/ledger.ts'
import type { Entry, RunInfo } from '../model/lifecycle.ts'
import type { InterfaceState } from '../model/live.ts'
import type {
  EventQuery,
  FindingQuery,
  FlowQuery,
  NumberedEntry,
  Opening,
  Period,
  PointFollower,
  PointQuery,
  Rows,
  Store,
  StoreHealth,
} from '../model/store.ts'
import { clean } from './cleaning.ts'
import { compare, READ_BYTES_MAX, readAll } from './comparing.ts'
import { type HeldFolder, holdFolder } from './folder.ts'
import { Gate } from './gate.ts'
import { History } from './history.ts'
import * as ask from './history-queries.ts'
import { Journal, type JournalOptions } from './journal.ts'
import { type Metrics, type MetricsOptions, openMetrics } from './metrics/metrics.ts'
import { Notes } from './notes.ts'
import { Reserve } from './reserve.ts'
import { textOf } from './system-errors.ts'
import { Turns } from './turns.ts'

const MIB = 1024 * 1024
const DAY_MS = 86_400_000
/** Findings and events of one answer, whatever was asked for. */
const LIMIT_MAX = 10_000
const KEEPING_MS = 600_000
const RESERVE_MS = 10_000
/** A history that is smaller is read whole when it is opened. */
const CHECKED_BYTES_MAX = 256 * MIB

export interface StoreOptions {
  /** The monitor's own clock, Unix milliseconds; no jump of the wall clock moves it. */
  readonly now: () => number
  /** Closed findings are kept so long; 400 unless told. */
  readonly findingsDays?: number
  /** 256 MiB unless told. */
  readonly journalBytesMax?: number
  /** One file of the journal; 16 MiB unless told. */
  readonly segmentBytes?: number
  /** Kept free for the day on which the disk is full; 4 MiB unless told. */
  readonly reserveBytes?: number
  readonly metrics?: Pick<MetricsOptions, 'bytesMax' | 'daysMax' | 'segmentBytes'>
  /** How often it is looked what may go, in milliseconds; ten minutes unless told. */
  readonly keepingMs?: number
  /** A history that is smaller is read whole when it is opened, a larger one afterwards; 256 MiB unless told. */
  readonly checkedBytesMax?: number
  /** Told what is found wrong while the store is open. */
  readonly onNote?: (note: string) => void
  readonly sync?: JournalOptions['sync']
}

/** Opens the folder, or makes it. Throws a UsageError where that cannot be. */
export async function openStore(folder: string, options: StoreOptions): Promise<DuckStore> {
  const began = performance.now()
  const held = await holdFolder(folder)
  try {
    const store = await DuckStore.open(held, options)
    store.opening = {
      notes: store.notes.all,
      lost: store.notes.lost,
      tookMs: performance.now() - began,
    }
    store.begin()
    return store
  } catch (error) {
    held.release()
    throw error
  }
}

interface Parts {
  readonly held: HeldFolder
  readonly options: StoreOptions
  readonly notes: Notes
  readonly reserve: Reserve
  readonly metrics: Metrics
  readonly journal: Journal
  readonly history: History
}

export class DuckStore implements Store {
  opening: Opening = { notes: [], lost: 0, tookMs: 0 }
  readonly #parts: Parts
  readonly #gate = new Gate()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #keeping = new Turns()
  #isClosed = false
  /** Why the journal could not be written the last time. */
  #refusal: string | null = null

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static async open(held: HeldFolder, options: StoreOptions): Promise<DuckStore> {
    const notes = new Notes()
    const reserve = new Reserve(join(held.path, 'reserve'), options.reserveBytes ?? 4 * MIB)
    const metrics = await openMetrics(join(held.path, 'metrics'), {
      ...options.metrics,
      ...{ now: options.now, notes },
    })
    try {
      return await DuckStore.#join({ held, options, notes, reserve, metrics })
    } catch (error) {
      await metrics.close()
      throw error
    }
  }

  static async #join(begun: Omit<Parts, 'journal' | 'history'>): Promise<DuckStore> {
    const { held, options, notes, reserve, metrics } = begun
    // Findings come before rows, and what is kept for this day goes first, since it is at hand.
    const makeRoom = async () => reserve.spend() || (await metrics.sacrifice())
    const journal = await Journal.open(
      join(held.path, 'journal'),
      {
        segmentBytes: options.segmentBytes ?? 16 * MIB,
        makeRoom,
        ...(options.sync === undefined ? {} : { sync: options.sync }),
      },
      notes,
    )
    const history = await History.open({
      ...{ folder: held.path, journal, defects: notes },
      checkedBytesMax: options.checkedBytesMax ?? CHECKED_BYTES_MAX,
      makeRoom: () => metrics.sacrifice(),
      note: text => notes.note(text),
    })
    await compare(journal, history, notes)
    return new DuckStore({ ...begun, journal, history })
  }

  get notes(): Notes {
    return this.#parts.notes
  }

  /** Begins what is done from time to time. */
  begin(): void {
    this.#parts.reserve.make()
    const { keepingMs = KEEPING_MS, onNote = null } = this.#parts.options
    this.#parts.notes.listener = onNote
    this.#every(Math.min(RESERVE_MS, keepingMs), async () => {
      this.#parts.reserve.make()
    })
    this.#every(keepingMs, () => this.keep())
    this.#keepTurn(() => this.#checkRest())
  }

  record(entries: readonly Entry[]): Promise<void> {
    return this.#gate.shared(async () => {
      const { journal, history } = this.#parts
      try {
        const lines = await journal.append(entries)
        history.add(
          entries.map((entry, index) => {
            const { seq, bytes } = lines[index] ?? { seq: 0, bytes: 0 }
            return { seq, number: seq, bytes, entry }
          }),
        )
        this.#refusal = null
      } catch (error) {
        this.#refusal = `Findings cannot be written: ${textOf(error)}. Free space on the disk of the store, or mend it; it goes on by itself then.`
        throw error
      }
    })
  }

  add(rows: Rows, run?: string): void {
    this.#parts.metrics.add(rows, run)
  }

  /** Until rows that were added are few; for whoever can wait. */
  drained(): Promise<void> {
    return this.#parts.metrics.drained()
  }

  /** Removes the rows of a run that another one has replaced; how many they were. */
  removeRun(run: string): Promise<number> {
    return this.#parts.metrics.removeRun(run)
  }

  putCoverage(captureMs: number, coverage: Coverage): void {
    this.#parts.history.latest.putCoverage(captureMs, coverage)
    this.#parts.history.writeSoon()
  }

  putLedger(captureMs: number, ledger: Ledger, interfaces: readonly InterfaceState[]): void {
    this.#parts.history.latest.putLedger(captureMs, ledger, interfaces)
    this.#parts.history.writeSoon()
  }

  active() {
    return this.#parts.history.ask(ask.activeFindings)
  }

  find(ids: readonly string[]) {
    return this.#parts.history.ask(db => ask.findById(db, ids))
  }

  suppressions(atMs: number) {
    return this.#parts.history.ask(db => ask.suppressionsAt(db, atMs))
  }

  maintenances(atMs: number) {
    return this.#parts.history.ask(db => ask.maintenancesAt(db, atMs))
  }

  async runs(): Promise<readonly RunInfo[]> {
    return (await this.startedRuns()).map(({ run }) => run)
  }

  /** Findings to which one of these runs has counted something. */
  countedBy(runs: readonly string[]) {
    return this.#parts.history.ask(db => ask.countedBy(db, runs))
  }

  /** Runs with the moment at which each first began. */
  startedRuns() {
    return this.#parts.history.ask(ask.runsOf)
  }

  findings(query: FindingQuery) {
    return this.#parts.history.ask(db => ask.findingsOf(db, limited(query)))
  }

  countFindings(query: Omit<FindingQuery, 'limit' | 'offset'>) {
    return this.#parts.history.ask(db => ask.countFindings(db, query))
  }

  events(query: EventQuery) {
    return this.#parts.history.ask(db => ask.eventsOf(db, limited(query)))
  }

  timeline(query: Period & { readonly limit: number }) {
    return this.#parts.history.ask(db => ask.timelineOf(db, limited(query)))
  }

  blind(period: Period) {
    return this.#parts.history.ask(db => ask.blindIn(db, period))
  }

  flows(query: FlowQuery) {
    return this.#parts.metrics.flows(query)
  }

  points(query: PointQuery) {
    return this.#parts.metrics.points(query)
  }

  async coverage() {
    const { history } = this.#parts
    return history.latest.coverage ?? (await history.ask(ask.coverageIn))
  }

  pointsAfter(number: number, limit: number) {
    return this.#parts.metrics.pointsAfter(number, limit)
  }

  countPointsAfter(number: number) {
    return this.#parts.metrics.countPointsAfter(number)
  }

  flowSeries(limit: number) {
    return this.#parts.metrics.seriesOf('mp_flow', limit)
  }

  eventKinds(limit: number) {
    return this.#parts.history.ask(db => ask.eventKinds(db, limit))
  }

  followPoints(follower: PointFollower) {
    return this.#parts.metrics.follow(follower)
  }

  unfollowPoints(follower: PointFollower): void {
    this.#parts.metrics.unfollow(follower)
  }

  get lastEntry(): number {
    return this.#parts.journal.last
  }

  entriesAfter<Kind extends Entry['kind']>(
    number: number,
    limit: number,
    kinds: readonly Kind[],
  ): Promise<readonly NumberedEntry<Kind>[]> {
    return this.#parts.history.ask(db =>
      ask.entriesAfter(db, number, Math.min(limit, LIMIT_MAX), kinds),
    )
  }

  countEntriesAfter(number: number, kinds: readonly Entry['kind'][]) {
    return this.#parts.history.ask(db => ask.countEntriesAfter(db, number, kinds))
  }

  async cursor(name: string): Promise<number> {
    return this.#parts.history.latest.cursor(name)
  }

  advance(name: string, number: number): Promise<void> {
    this.#parts.history.latest.advance(name, number)
    return this.#parts.history.flush()
  }

  async health(): Promise<StoreHealth> {
    const { metrics, history, journal, reserve } = this.#parts
    const { reason, rows, expired, bytes, bytesMax, oldestMs } = metrics.health()
    const findings = await history.ask(ask.findingCounts)
    const reasons = [this.#refusal, history.trouble, reason, scarcity(reserve)].filter(
      reason => reason !== null,
    )
    return {
      ...{ rows, expired, bytesMax, oldestMs },
      state: reasons.length === 0 ? 'healthy' : 'degraded',
      reason: reasons.length === 0 ? null : reasons.join(' '),
      bytes: bytes + journal.bytes + history.bytes + reserve.bytes,
      findings,
    }
  }

  /** Removes what is too old, and the oldest of the journal where it is too large. */
  async keep(): Promise<void> {
    const { options, history, journal } = this.#parts
    const nowMs = options.now()
    const beforeMs = nowMs - (options.findingsDays ?? 400) * DAY_MS
    await history.retain(beforeMs, nowMs)
    const bytesMax = options.journalBytesMax ?? 256 * MIB
    await clean({ journal, history, gate: this.#gate, bytesMax, nowMs })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#parts.history.stopChecking()
    await this.#keeping.take(async () => undefined)
    const { journal, history, metrics, held } = this.#parts
    await journal.close()
    await history.close()
    await metrics.close()
    held.release()
  }

  #every(ms: number, work: () => Promise<void>): void {
    const timer = setInterval(() => this.#keepTurn(work), ms)
    timer.unref()
    this.#timers.push(timer)
  }

  /** What it cannot do now it does the next time; the state of the store says why. */
  #keepTurn(work: () => Promise<void>): void {
    const done = this.#keeping.take(async () => (this.#isClosed ? undefined : await work()))
    done.catch(() => undefined)
  }

  /** Reads what was too much to be read before the store was opened. */
  async #checkRest(): Promise<void> {
    const { journal, history, notes } = this.#parts
    try {
      if (journal.bytes > READ_BYTES_MAX) await readAll(journal, notes, () => this.#isClosed)
    } catch (error) {
      notes.note(`The journal could not be read to its end: ${textOf(error)}.`)
    }
    if (history.isLarge && !this.#isClosed) await history.check()
  }
}

function scarcity(reserve: Reserve): string | null {
  if (reserve.bytes === 0)
    return 'The disk is nearly full: what is kept free for findings is used up. Free space on the disk of the store.'
  const { scarceBytes } = reserve
  if (scarceBytes === null) return null
  const kib = Math.floor(scarceBytes / 1024)
  return `The disk of the store is nearly full: ${kib} KiB are left besides what is kept free for findings. Free space on it.`
}

const limited = <Query extends { readonly limit: number }>(query: Query): Query => ({
  ...query,
  limit: Math.min(query.limit, LIMIT_MAX),
})
