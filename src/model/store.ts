// What the monitor needs of whatever keeps its history. One process holds a store; everybody else asks that process.

import type { Coverage } from './coverage.ts'
import type { Ledger } from './ledger.ts'
import type {
  Entry,
  FindingEvent,
  Maintenance,
  Notified,
  RunInfo,
  Scope,
  StoredFinding,
  Suppression,
} from './lifecycle.ts'
import type { BlindInterval, FlowRow, InterfaceState, Point } from './live.ts'
import type { MeasurementName } from './measurement.ts'

/** Rows that may be lost, oldest first, before any finding is. */
export interface Rows {
  readonly flows: readonly FlowRow[]
  readonly points: readonly Point[]
}

/**
 * The last moment that may be asked for, Unix milliseconds, in the year 2255: up to it doubles hold microseconds
 * exactly, and 64 bits nanoseconds. The first is as far before 1970.
 */
export const MS_MAX = 9_007_199_254_740

/** From inclusive, to exclusive, Unix milliseconds of capture time. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

export interface FindingQuery extends Scope {
  readonly state?: StoredFinding['state']
  /** Seen at or after this moment. */
  readonly sinceMs?: number
  /** The worst first, then the latest. */
  readonly limit: number
  readonly offset: number
  /** Only those whose ids come behind this one, in the order of their ids: for whoever reads all, page by page. */
  readonly afterId?: string
}

export interface FlowQuery extends Period {
  readonly verdicts?: readonly string[]
  readonly rows?: readonly string[]
  readonly limit: number
}

export interface PointQuery extends Period {
  readonly measurement: MeasurementName
  readonly limit: number
}

export interface EventQuery extends Period {
  readonly id?: string
  readonly limit: number
  /** Only those whose numbers come behind this one: for whoever reads all, page by page. */
  readonly afterNumber?: number
}

/** An event with its number in the journal; see `NumberedEntry`. */
export interface NumberedEvent extends FindingEvent {
  readonly number: number
}

/** A point with the number under which it was stored, which grows from row to row and is never used twice. */
export interface NumberedPoint extends Point {
  readonly number: number
  /** Unix time in nanoseconds; tells points of one series apart that share their microsecond. */
  readonly timeNs: bigint
}

/** Whoever hands points on, and keeps books of what it has not yet come to. */
export interface PointFollower {
  /** The number of the last point that it has done with. */
  cursor(): number
  /** So many points are new in the store. */
  stored(points: number): void
  /** So many that it had not yet done with had to go, none of them with a higher number than `through`. */
  gone(points: number, through: number): void
}

/** An entry with its number in the journal, which grows from entry to entry and is never used twice. */
export interface NumberedEntry<Kind extends Entry['kind'] = Entry['kind']> {
  readonly number: number
  readonly entry: Extract<Entry, { readonly kind: Kind }>
}

/** What was found and done when a store was opened. */
export interface Opening {
  /** One sentence each: a tail that was cut, a file that was set aside, what was lost with it. */
  readonly notes: readonly string[]
  /** Records that are missing by their numbers. */
  readonly lost: number
  readonly tookMs: number
}

export interface StoreHealth {
  readonly state: 'healthy' | 'degraded'
  /** Why it is degraded: what fails, since when, what would help. */
  readonly reason: string | null
  /** Rows offered = stored + waiting + lost; of this process. */
  readonly rows: {
    readonly offered: number
    readonly stored: number
    readonly waiting: number
    /** Could not be written, or lay in a file that had to go before its time. */
    readonly lost: number
  }
  /** Rows that were removed as they had become too old, or too many. */
  readonly expired: number
  readonly bytes: number
  readonly bytesMax: number
  readonly oldestMs: number | null
  readonly findings: { readonly open: number; readonly all: number }
}

/** Whether every row that was offered is somewhere (L6). */
export const isL6Closed = ({ rows }: Pick<StoreHealth, 'rows'>): boolean =>
  rows.offered === rows.stored + rows.waiting + rows.lost

/** What may be asked of a history, whoever keeps it. */
export interface HistoryPort {
  /** In no order; those that nobody knows are missing. */
  find(ids: readonly string[]): Promise<readonly StoredFinding[]>
  findings(query: FindingQuery): Promise<readonly StoredFinding[]>
  countFindings(query: Omit<FindingQuery, 'limit' | 'offset' | 'afterId'>): Promise<number>
  /** The history of one finding, or of all, in the order of their numbers. */
  events(query: EventQuery): Promise<readonly NumberedEvent[]>
  /** Everything else that was recorded, but for what routes have told. */
  timeline(
    query: Period & { readonly limit: number },
  ): Promise<readonly Exclude<Entry, FindingEvent | Notified>[]>
  blind(period: Period): Promise<readonly BlindInterval[]>
  flows(query: FlowQuery): Promise<readonly FlowRow[]>
  points(query: PointQuery): Promise<readonly NumberedPoint[]>
  coverage(): Promise<{ readonly captureMs: number; readonly coverage: Coverage } | null>
}

export interface Store extends HistoryPort {
  readonly opening: Opening
  /**
   * Keeps the entries for good, in order: when the promise is kept they are on the disk, and only then may anybody
   * be told of them. Rejects where they could not be written; they count as never said then.
   */
  record(entries: readonly Entry[]): Promise<void>
  /** Takes rows to be written within a second; never waits, and counts what it has no room for. */
  add(rows: Rows): void
  putCoverage(captureMs: number, coverage: Coverage): void
  putLedger(captureMs: number, ledger: Ledger, interfaces: readonly InterfaceState[]): void

  /** Open, or closed for less than a day by the capture clock of the latest entry. */
  active(): Promise<readonly StoredFinding[]>
  /** Not yet over, and not ended before their time, at that moment of the monitor's own clock. */
  suppressions(atMs: number): Promise<readonly Suppression[]>
  maintenances(atMs: number): Promise<readonly Maintenance[]>
  runs(): Promise<readonly RunInfo[]>

  /** Points after that number, the oldest first; for whoever hands them on. */
  pointsAfter(number: number, limit: number): Promise<readonly NumberedPoint[]>
  /** How many of them there are. */
  countPointsAfter(number: number): Promise<number>
  /** From now on the follower is told; how many points it has not yet come to. */
  followPoints(follower: PointFollower): Promise<number>
  unfollowPoints(follower: PointFollower): void
  /** Entries after that number of theirs, the oldest first; of the given kinds alone. */
  entriesAfter<Kind extends Entry['kind']>(
    number: number,
    limit: number,
    kinds: readonly Kind[],
  ): Promise<readonly NumberedEntry<Kind>[]>
  /** Tags of the series of mp_flow that are stored, so many at the most: what an InfluxDB may have of them. */
  flowSeries(limit: number): Promise<readonly Point['tags'][]>
  /** An event for each row, verdict, reason, severity, confidence, phase and sensors of which there are any. */
  eventKinds(limit: number): Promise<readonly NumberedEntry<'finding'>[]>
  /** How many of them there are, and the number of the last. */
  countEntriesAfter(
    number: number,
    kinds: readonly Entry['kind'][],
  ): Promise<{ readonly count: number; readonly last: number }>
  /** The number of the latest entry; 0 where there is none. */
  readonly lastEntry: number
  /** How far a reader has come; 0 for one that has not begun. */
  cursor(name: string): Promise<number>
  advance(name: string, number: number): Promise<void>

  health(): Promise<StoreHealth>
  close(): Promise<void>
}
