// The metrics of the store: flows and points, which may be lost, the oldest first, before any finding is. Rows wait in
// a bounded queue, are written once a second into the last of a row of DuckDB files, and go by whole files.

import { mkdirSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { FlowRow, Point } from '../../model/live.ts'
import type { MeasurementName } from '../../model/measurement.ts'
import type {
  FlowQuery,
  NumberedPoint,
  PointFollower,
  PointQuery,
  Rows,
  StoreHealth,
} from '../../model/store.ts'
import { Notes } from '../notes.ts'
import { isNoSpace } from '../system-errors.ts'
import { Turns } from '../turns.ts'
import { Books } from './books.ts'
import { FLOWS, misfit, type NumberedRow } from './columns.ts'
import { isDamage, messageOf } from './faults.ts'
import { Followers } from './followers.ts'
import { countAfterIn, flowsIn, type Placed, pointsAfterIn, pointsIn, seriesIn } from './queries.ts'
import type { Segment } from './segment.ts'
import { Segments, type SegmentsOptions } from './segments.ts'
import { Series } from './series.ts'

const GIB = 1024 ** 3
const DAYS_MAX = 90
/** Rows that wait to be written. */
const WAITING_ROWS_MAX = 200_000
/** Rows of one transaction. */
const BATCH_ROWS = 5_000
const FLUSH_MS = 1_000
/** Rows of an earlier process among whose points further ones of the same moment may come. */
const REMEMBERED_ROWS = 4_096
/** Rows of one answer, whatever was asked for. */
const ANSWER_ROWS_MAX = 100_000

export interface MetricsOptions {
  /** Of all files together; 1 GiB unless told otherwise. */
  readonly bytesMax?: number
  /** 90 unless told otherwise; counted from when a row was written, by the monitor's own clock. */
  readonly daysMax?: number
  /** A file is closed and the next one begun at this size; a 32nd of `bytesMax` unless told otherwise. */
  readonly segmentBytes?: number
  /** The monitor's own clock, which no jump of the computer's moves: Unix milliseconds. */
  readonly now: () => number
  /** Where it is told what is found wrong with files. */
  readonly notes?: Notes
  /** Told of each loss, with its reason in a few words. */
  readonly onLost?: (count: number, why: string) => void
  /** Nothing is written, removed or set aside; damaged files are passed over. */
  readonly readOnly?: boolean
}

export interface MetricsHealth extends Pick<StoreHealth, 'state' | 'reason' | 'rows' | 'expired'> {
  /** Rows that earlier processes had stored and that were lost with their files; in no sum of `rows`. */
  readonly lostOfEarlier: number
  readonly bytes: number
  readonly bytesMax: number
  /** Capture time of the oldest row; null where there is none. */
  readonly oldestMs: number | null
  /** The highest number that a row has. */
  readonly lastNumber: number
  readonly files: number
}

/**
 * Opens the metrics in the folder, which is made where there is none. Damaged files are set aside and named in
 * `notes`. Throws a UsageError where a later version has written them.
 */
export async function openMetrics(folder: string, options: MetricsOptions): Promise<Metrics> {
  const books = new Books(options.onLost ?? (() => {}))
  const { bytesMax = GIB, daysMax = DAYS_MAX, readOnly: isReadOnly = false } = options
  const { segmentBytes = Math.floor(bytesMax / 32), notes = new Notes(), now } = options
  if (!isReadOnly) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const followers = new Followers()
  const all = { folder, bytesMax, daysMax, segmentBytes, isReadOnly, books, followers, notes, now }
  const metrics = new Metrics(await Segments.open(all), books, all)
  await metrics.begin()
  return metrics
}

type Kept = Pick<SegmentsOptions, 'bytesMax' | 'isReadOnly' | 'followers' | 'now' | 'notes'>

/** A row that waits; it gets its number when it is to be written. */
type Waiting = { readonly run: string | null } & (
  | { readonly flow: FlowRow }
  | { readonly point: Rows['points'][number] }
)

export class Metrics {
  private readonly segments: Segments
  private readonly books: Books
  private readonly options: Kept
  private readonly series = new Series()
  private waiting: Waiting[] = []
  /** Rows that have their numbers and are not yet known to be stored. */
  private batch: readonly NumberedRow[] = []
  /** Whatever changes files is done one after the other. */
  private readonly writes = new Turns()
  private timer: NodeJS.Timeout | null = null
  private isFlushing = false
  private fault: string | null = null

  constructor(segments: Segments, books: Books, options: Kept) {
    this.segments = segments
    this.books = books
    this.options = options
  }

  /** For `openMetrics` alone. */
  async begin(): Promise<void> {
    if (this.options.isReadOnly) return
    const from = this.segments.lastNumber - REMEMBERED_ROWS
    for (const point of await this.pointsAfter(from, REMEMBERED_ROWS))
      this.series.remember(point, point.timeNs)
    await this.segments.retain()
    this.timer = setInterval(() => this.flushSoon(), FLUSH_MS)
    this.timer.unref()
  }

  /** What was found and done when the files were opened and since, one sentence each. */
  get notes(): readonly string[] {
    return this.options.notes.all
  }

  /** Takes rows to be written within a second; `run` names the audit they are from. Never waits. */
  add({ flows, points }: Rows, run: string | null = null): void {
    this.books.offer(flows.length + points.length)
    const fitting = points.filter(point => {
      const why = misfit(point)
      if (why !== null) this.books.lose(1, why)
      return why === null
    })
    const offered = [
      ...flows.map(flow => ({ run, flow })),
      ...fitting.map(point => ({ run, point })),
    ]
    const room = this.options.isReadOnly ? 0 : Math.max(0, WAITING_ROWS_MAX - this.waitingRows)
    for (const row of offered.slice(0, room)) this.waiting.push(row)
    this.books.lose(Math.max(0, offered.length - room), 'no room to wait')
    if (this.waitingRows >= BATCH_ROWS && this.fault === null) this.flushSoon()
  }

  /** Writes what waits, as far as there is room for it. */
  async flush(): Promise<void> {
    await this.writes.take(() => this.writeAll())
  }

  /** When few rows wait, or none can be written at present: for whoever has more of them than time. */
  async drained(): Promise<void> {
    if (this.waitingRows > BATCH_ROWS) await this.flush()
  }

  /** Flows that were under way in the period, in the order in which they began. */
  async flows(query: FlowQuery): Promise<readonly FlowRow[]> {
    const limit = answerRows(query.limit)
    return await this.inOrder(query, limit, (segment, most) =>
      this.segments.ask(segment, file => flowsIn(file, { ...query, limit: most }), this.writes),
    )
  }

  /** Points of the period, the oldest first. */
  async points(query: PointQuery): Promise<readonly NumberedPoint[]> {
    const limit = answerRows(query.limit)
    return await this.inOrder(query, limit, (segment, most) =>
      this.segments.ask(segment, file => pointsIn(file, { ...query, limit: most }), this.writes),
    )
  }

  /** Points with higher numbers than that one, the lowest first. */
  async pointsAfter(number: number, limit: number): Promise<readonly NumberedPoint[]> {
    const most = answerRows(limit)
    const found: NumberedPoint[] = []
    for (const segment of this.segments.all.filter(({ lastNumber }) => lastNumber > number)) {
      const wanted = most - found.length
      if (wanted <= 0) break
      const after = Math.max(number, segment.firstNumber - 1)
      const range = { after, through: segment.lastNumber, limit: wanted }
      const points = await this.segments.ask(
        segment,
        file => pointsAfterIn(file, range),
        this.writes,
      )
      found.push(...(points ?? []))
    }
    return found
  }

  /** How many points have higher numbers than that one, and are written. */
  async countPointsAfter(number: number): Promise<number> {
    return await this.countAfter(number, this.writes)
  }

  /** From now on the follower is told; how many points it has not yet come to. */
  async follow(follower: PointFollower): Promise<number> {
    return await this.writes.take(async () => {
      // Nothing else changes files at this moment, so that it may be done at once.
      const count = await this.countAfter(follower.cursor(), new Turns())
      this.options.followers.add(follower)
      return count
    })
  }

  unfollow(follower: PointFollower): void {
    this.options.followers.remove(follower)
  }

  private async countAfter(number: number, exclusively: Turns): Promise<number> {
    let count = 0
    for (const segment of this.segments.all.filter(({ lastNumber }) => lastNumber > number)) {
      const ask = (file: DuckDBConnection) => countAfterIn(file, number)
      count += (await this.segments.ask(segment, ask, exclusively)) ?? 0
    }
    return count
  }

  /** Tags of the series that the measurement has, the oldest files first; no more than that many. */
  async seriesOf(measurement: MeasurementName, limit: number): Promise<readonly Point['tags'][]> {
    const found = new Map<string, Point['tags']>()
    for (const segment of this.segments.all) {
      if (found.size >= limit) break
      const work = (file: Parameters<typeof seriesIn>[0]) => seriesIn(file, measurement, limit)
      const series = (await this.segments.ask(segment, work, this.writes)) ?? []
      for (const tags of series) found.set(JSON.stringify(tags), tags)
    }
    return [...found.values()].slice(0, limit)
  }

  /** Gives up the oldest file for whoever needs its room more; whether it freed anything. */
  async sacrifice(): Promise<boolean> {
    return await this.writes.take(() => this.segments.sacrifice('gave way to what must be kept'))
  }

  /** Removes the rows of an audit that another one supersedes; how many they were. */
  async removeRun(run: string): Promise<number> {
    return await this.writes.take(async () => {
      await this.writeAll()
      // Only where nothing can be written at present.
      const before = this.waitingRows
      this.waiting = this.waiting.filter(row => row.run !== run)
      this.batch = this.batch.filter(row => row.run !== run)
      this.books.lose(before - this.waitingRows, 'superseded before it was written')
      return await this.segments.removeRun(run)
    })
  }

  health(): MetricsHealth {
    const firsts = this.segments.all.flatMap(({ firstUs }) => firstUs ?? [])
    return {
      ...{ state: this.fault === null ? 'healthy' : 'degraded', reason: this.fault },
      rows: this.books.rows(this.waitingRows),
      ...this.books.gone(),
      ...{ bytes: this.segments.bytes(), bytesMax: this.options.bytesMax },
      oldestMs: firsts.length === 0 ? null : Math.min(...firsts) / 1000,
      ...{ lastNumber: this.segments.lastNumber, files: this.segments.all.length },
    }
  }

  /** Writes what waits and closes the files; what cannot be written is lost. */
  async close(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer)
    await this.flush()
    this.books.lose(this.waitingRows, 'could not be written before the end')
    ;[this.waiting, this.batch] = [[], []]
    await this.writes.take(() => this.segments.close())
  }

  private get waitingRows(): number {
    return this.waiting.length + this.batch.length
  }

  /** Unless it is about to be done anyway. */
  private flushSoon(): void {
    if (this.isFlushing) return
    this.isFlushing = true
    void this.flush().finally(() => {
      this.isFlushing = false
    })
  }

  /** Whatever fails, rows wait on, and the reason is told. */
  private async writeAll(): Promise<void> {
    try {
      await this.writeBatches()
    } catch (error) {
      this.fault ??= this.reasonOf(error)
    }
  }

  private async writeBatches(): Promise<void> {
    while (this.waitingRows > 0) {
      if (this.batch.length === 0)
        this.batch = this.waiting.splice(0, BATCH_ROWS).map(this.numbered)
      if (!(await this.hasWritten(this.batch))) return
      this.batch = []
    }
  }

  private readonly numbered = (row: Waiting): NumberedRow => {
    const [number, { run }] = [this.segments.takeNumber(), row]
    if ('flow' in row) return { table: FLOWS, number, run, flow: row.flow }
    const { point } = row
    return { table: point.measurement, number, run, point, timeNs: this.series.next(point) }
  }

  /** Where there is no room, the oldest files give way until there is, or none is left. */
  private async hasWritten(rows: readonly NumberedRow[]): Promise<boolean> {
    // One damaged file is replaced by a new one; should that fail too, it is not the file.
    let mayAbandon = true
    for (;;)
      try {
        await this.segments.write(rows)
        this.fault = null
        return true
      } catch (error) {
        this.fault ??= this.reasonOf(error)
        const isMended = isNoSpace(error)
          ? await this.segments.sacrifice('the disk is full')
          : mayAbandon && isDamage(error) && (await this.segments.abandon(messageOf(error)))
        if (!isMended) return false
        mayAbandon &&= isNoSpace(error)
      }
  }

  private reasonOf(error: unknown): string {
    const since = new Date(this.options.now()).toISOString()
    const help = isNoSpace(error) ? 'Free space on its disk' : 'Look at its disk and permissions'
    return `Metrics cannot be written since ${since}: ${messageOf(error)}. ${help}; writing goes on by itself.`
  }

  /** The first rows of all files that overlap the period, by time. */
  private async inOrder<Row>(
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
    limit: number,
    ask: (segment: Segment, limit: number) => Promise<readonly Placed<Row>[] | null>,
  ): Promise<readonly Row[]> {
    const overlapping = this.segments.all
      .filter(({ firstUs, lastUs }) => firstUs !== null && lastUs !== null)
      .filter(({ lastUs }) => (lastUs ?? 0) >= fromMs * 1000)
      .filter(({ firstUs }) => (firstUs ?? 0) < toMs * 1000)
      .sort((left, right) => (left.firstUs ?? 0) - (right.firstUs ?? 0))
    let found: Placed<Row>[] = []
    for (const segment of overlapping) {
      const last = found.at(-1)?.at
      const isBehind = last !== undefined && BigInt(segment.firstUs ?? 0) * 1000n > last
      if (isBehind && found.length === limit) break
      const more = (await ask(segment, isBehind ? limit - found.length : limit)) ?? []
      found = [...found, ...more]
      // Files mostly follow one another, as what they hold does.
      if (!isBehind) found = found.sort(byPlace).slice(0, limit)
    }
    return found.map(({ row }) => row)
  }
}

/** At least one, so that an answer is never mistaken for none. */
const answerRows = (limit: number): number =>
  Math.max(1, Math.min(Math.floor(limit), ANSWER_ROWS_MAX))

const byPlace = (left: Placed<unknown>, right: Placed<unknown>): number =>
  left.at === right.at ? Number(left.number - right.number) : left.at < right.at ? -1 : 1
