// Feeds an InfluxDB from the store, and loses nothing and doubles nothing: two cursors over what the store holds, findings and
// blind intervals before metrics, which move only when the server has taken everything before them, or what it refuses is
// in the dead letters. Sending twice does no harm, since the key of each point was fixed when it was stored. faults.md 3.4, L6.

import type { Output, OutputState } from '../model/output.ts'
import type { PointFollower, Store } from '../model/store.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import type { Clock } from './clock.ts'
import { DeadLetters } from './dead-letters.ts'
import { type Delivered, Delivery } from './delivery.ts'
import { Health } from './health.ts'
import { type Parcel, Portion, parcelOf } from './parcel.ts'
import { entryPoints, storedPoint } from './points.ts'
import { Sender } from './sender.ts'
import { Stream, sumOf } from './stream.ts'
import type { InfluxPoint, InfluxWriter } from './writer.ts'

/** Between two looks into the store where nobody says that there is something new. */
const LOOK_MS = 1_000
/** Entries are read in smaller pages: each holds everything that is known of its finding. */
const ENTRIES_MAX = 500
const ENTRY_KINDS = ['finding', 'blind'] as const
const TOO_OLD =
  'they are older than what the database keeps (its retention policy): a longer keep_days, or 0 for ever, and mpwatch export influx --setup keep such'

/** What an exporter needs of a store. */
export type ExportedStore = Pick<
  Store,
  | ('pointsAfter' | 'followPoints' | 'unfollowPoints')
  | ('entriesAfter' | 'countEntriesAfter' | 'lastEntry')
  | ('cursor' | 'advance' | 'health')
>

export interface ExporterOptions {
  readonly config: Pick<InfluxConfig, 'name' | 'mayCreate'>
  readonly store: ExportedStore
  readonly writer: InfluxWriter
  readonly site: string
  /** The folder where points go that the server refuses for good. */
  readonly deadLetters: string
  readonly clock: Clock
  /** From 0 to 1; spreads tries. */
  readonly random: () => number
  /** The point as it may be written, so that series stay within their bound. */
  readonly admit: (point: InfluxPoint) => InfluxPoint
  /** Told once when it fails for long enough to matter, and once when it works again. */
  readonly onState: (state: 'degraded' | 'recovered', reason: string) => void
  /** An earlier process has told that it fails, and nobody that it works again; false unless told. */
  readonly wasDegraded?: boolean
  /** Told of dead letters for which there was no room, and once of what is older than the database keeps anything. */
  readonly onLost: (what: string, count: number, why: string) => void
}

type Of = 'entries' | 'points'

export class Exporter implements Output {
  readonly #options: ExporterOptions
  readonly #streams: Readonly<Record<Of, Stream>>
  readonly #portion = new Portion()
  readonly #health: Health
  readonly #sender: Sender
  readonly #delivery: Delivery
  readonly #stopping = new AbortController()
  readonly #follower: PointFollower
  /** Those who wait until everything has arrived. */
  readonly #waiting = new Set<(isDone: boolean) => void>()
  #running: Promise<void> = Promise.resolve()
  #idling = new AbortController()
  /** Entries are counted up to this number, and those behind it were none of ours up to that one. */
  #counted = 0
  #looked = 0
  /** What is still under way is of no account any more. */
  #isOver = false
  #lastMs: number | null = null
  #tooOld = 0
  #isTooOldTold = false

  constructor(options: ExporterOptions) {
    this.#options = options
    const { config, writer, clock, random } = options
    const name = `influx-${config.name}`
    const shared = { clock, signal: this.#stopping.signal, onHeld: () => this.#tell(false) }
    this.#health = new Health(options.onState, options.wasDegraded)
    this.#sender = new Sender({
      ...{ ...shared, writer, random, mayCreate: config.mayCreate, health: this.#health },
    })
    const deadLetters = new DeadLetters({
      ...{ folder: options.deadLetters, name },
      onLost: count => options.onLost(`dead letters of ${name}`, count, 'both files were full'),
    })
    this.#delivery = new Delivery({
      ...{ ...shared, sender: this.#sender, where: writer.where, portion: this.#portion },
      ...{ deadLetters, health: this.#health },
    })
    this.#streams = {
      entries: this.#streamOf('entries', this.#entriesAfter),
      points: this.#streamOf('points', this.#pointsAfter),
    }
    this.#follower = {
      cursor: () => this.#streams.points.done,
      stored: points => this.#streams.points.enqueue(points),
      gone: (points, through) => this.#streams.points.expire(points, through),
    }
  }

  get looked(): number {
    return this.#looked
  }

  state(): OutputState {
    const { reason } = this.#health
    const { entries, points } = this.#streams
    return {
      ...{ name: this.#options.config.name, kind: 'influx', where: this.#options.writer.where },
      ...{ state: reason === null ? 'healthy' : 'degraded', reason },
      books: sumOf(entries.books, points.books),
      ...{ lastMs: this.#lastMs, retries: this.#sender.retries },
    }
  }

  /** Those of the expired that are older than the database keeps anything. */
  get tooOld(): number {
    return this.#tooOld
  }

  /** What fails at present and what would help; null where nothing does. */
  get cause(): string | null {
    return this.#health.cause
  }

  run(): Promise<void> {
    this.#running = this.#run()
    return this.#running
  }

  wake(): void {
    this.#idling.abort()
  }

  /** Its file is opened anew for each dead letter. */
  async reopen(): Promise<void> {}

  async stop(graceMs: number): Promise<void> {
    const { clock, writer, store } = this.#options
    this.#stopping.abort()
    this.wake()
    const grace = new AbortController()
    // Whoever runs it is told of its faults.
    const ended = this.#running.catch(() => {}).finally(() => grace.abort())
    await Promise.race([ended, clock.sleep(graceMs, grace.signal)])
    this.#isOver = true
    this.#tellTooOld()
    this.#tell(false)
    store.unfollowPoints(this.#follower)
    await writer.close()
  }

  /**
   * Whether everything that the store holds when this is asked has arrived, or is in the dead letters. False where nothing
   * goes on until somebody mends something, where the signal is aborted, and where the exporter is stopped.
   */
  drained(signal: AbortSignal): Promise<boolean> {
    return new Promise(resolve => {
      const end = (isDone: boolean) => {
        this.#waiting.delete(end)
        signal.removeEventListener('abort', giveUp)
        resolve(isDone)
      }
      const giveUp = () => end(false)
      if (signal.aborted || this.#isOver || this.#health.isHeld) return end(false)
      signal.addEventListener('abort', giveUp)
      this.#waiting.add(end)
      this.wake()
    })
  }

  async #run(): Promise<void> {
    await this.#begin()
    while (!this.#stopping.signal.aborted) {
      this.#idling = new AbortController()
      const asked = [...this.#waiting]
      await this.#countEntries()
      if (await this.#sendSome()) continue
      this.#tellTooOld()
      if (asked.length > 0 && (await this.#isAllDone())) for (const end of asked) end(true)
      if (!this.#stopping.signal.aborted)
        await this.#options.clock.sleep(LOOK_MS, this.#idling.signal)
    }
  }

  async #begin(): Promise<void> {
    const { store, config } = this.#options
    const entries = await store.cursor(cursorName(config, 'entries'))
    const points = await store.cursor(cursorName(config, 'points'))
    this.#streams.entries.begin(entries)
    this.#streams.points.begin(points)
    this.#counted = entries
    this.#streams.points.enqueue(await store.followPoints(this.#follower))
  }

  async #countEntries(): Promise<void> {
    const { store } = this.#options
    const { lastEntry } = store
    if (lastEntry <= this.#looked) return
    const { count, last } = await store.countEntriesAfter(this.#counted, ENTRY_KINDS)
    this.#counted = last
    this.#looked = lastEntry
    this.#streams.entries.enqueue(count)
  }

  /** Whether there was anything to send. */
  async #sendSome(): Promise<boolean> {
    let wasAny = false
    for (const of of ['entries', 'points'] as const) {
      const stream = this.#streams[of]
      const parcels = await stream.next(this.#portion)
      if (parcels.length === 0) continue
      wasAny = true
      const delivered = await this.#delivery.deliver(of, parcels)
      if (delivered !== null && !this.#isOver) await this.#settle(stream, parcels, delivered)
      // What is held of the one may be at fault itself, which the other shows when it is taken.
      if (delivered !== null || this.#stopping.signal.aborted) break
    }
    return wasAny
  }

  async #settle(stream: Stream, parcels: readonly Parcel[], delivered: Delivered): Promise<void> {
    this.#tooOld += delivered.tooOld
    await stream.settle(parcels, delivered)
    if (delivered.refused + delivered.tooOld < parcels.length)
      this.#lastMs = this.#options.clock.now()
  }

  /** When all that there was is sent, so that it is said once, and how many they were. */
  #tellTooOld(): void {
    if (this.#tooOld === 0 || this.#isTooOldTold) return
    this.#isTooOldTold = true
    const { config, onLost } = this.#options
    onLost(`points for influx-${config.name}`, this.#tooOld, TOO_OLD)
  }

  /** What waits to be stored is counted as pending from the moment at which it waits no more. */
  async #isAllDone(): Promise<boolean> {
    const { store } = this.#options
    const { waiting } = (await store.health()).rows
    return waiting === 0 && this.state().books.pending === 0 && store.lastEntry <= this.#looked
  }

  #streamOf(of: Of, read: (number: number, limit: number) => Promise<readonly Parcel[]>): Stream {
    const { store, config } = this.#options
    return new Stream({ read, advance: number => store.advance(cursorName(config, of), number) })
  }

  readonly #entriesAfter = async (number: number, limit: number): Promise<readonly Parcel[]> => {
    const { store, site } = this.#options
    // To ask costs more than to know that there is none.
    if (this.#streams.entries.books.pending === 0) return []
    const most = Math.min(limit, ENTRIES_MAX)
    const entries = await store.entriesAfter(number, most, ENTRY_KINDS)
    return entries.flatMap(each =>
      entryPoints(each, site).map(point => this.#parcel(each.number, point)),
    )
  }

  readonly #pointsAfter = async (number: number, limit: number): Promise<readonly Parcel[]> => {
    const points = await this.#options.store.pointsAfter(number, limit)
    return points.map(point => this.#parcel(point.number, storedPoint(point)))
  }

  #parcel(number: number, point: InfluxPoint): Parcel {
    return parcelOf(number, this.#options.admit(point))
  }

  #tell(isDone: boolean): void {
    for (const end of this.#waiting) end(isDone)
  }
}

/** Names the cursor in the store. */
const cursorName = ({ name }: Pick<InfluxConfig, 'name'>, of: Of): string => `influx:${name}:${of}`
