// The judging thread's work: packets in, tellings out. The same monitor as for files; only who asks it, and when,
// is different: findings are told while they grow, and rules may be replaced between two chunks.

import { randomBytes } from 'node:crypto'
import type { LiveSource } from '../capture/live/options.ts'
import type { Compliance } from '../compliance.ts'
import { chunkBuffer } from '../kernel/session.ts'
import type { Batch } from '../model/batch.ts'
import type { Chunk } from '../model/chunk.ts'
import type { Finding } from '../model/finding.ts'
import { openEquations } from '../model/ledger.ts'
import { isL1Closed } from '../model/live.ts'
import { measuredBy } from '../model/measurement.ts'
import type { RunContext } from '../model/run.ts'
import { Monitor } from '../monitor.ts'
import { reportedFinding } from '../report/reported.ts'
import { contextOf } from '../run-context.ts'
import { OneWayIntervals } from './one-way.ts'
import type { JudgingOptions } from './protocol.ts'
import { flowRow, pointOf, unixMillis } from './rows.ts'
import { complianceOf, type Loaded } from './rules-loader.ts'
import type { Standing, Teller } from './teller.ts'
import { Windows } from './windows.ts'

/** Changed findings that one telling takes up; the rest wait for the next. */
const CHANGES_MAX = 1000

/** Between two tellings, by the monotonic clock, where nothing is urgent. */
const TELL_EVERY_MS = 1000

/**
 * As often where findings open one after the other: each telling costs the main thread a look into its store, and
 * where there were one for each of them, it would take the processor from those that read packets.
 */
const NEWS_EVERY_MS = 50

/** How long the end waits, all in all, for a main thread that is behind; it must not be mistaken for a hang. */
const FINISH_WAIT_MS_MAX = 2000

export class Judging {
  readonly #source: LiveSource
  readonly #teller: Teller
  readonly #monitor: Monitor
  readonly #windows: Windows
  readonly #context: RunContext
  #loaded: Loaded
  #compliance: Compliance
  #generation = 1
  #next: Loaded | null = null
  /** A file can wait for a slow store; an interface cannot. */
  readonly #waits: boolean
  #toldAtMs = 0
  /** A finding has opened that nobody was told of. */
  #hasOpened = false
  /** When the first packet was captured. */
  #firstMs: number | null = null
  /** Set while something new waits to be told. */
  #news: NodeJS.Timeout | null = null
  readonly #oneWay = new OneWayIntervals()

  constructor(
    source: LiveSource,
    loaded: Loaded,
    teller: Teller,
    { replay, flowSeries }: Pick<JudgingOptions, 'replay' | 'flowSeries'>,
  ) {
    this.#source = source
    this.#waits = replay !== null
    this.#teller = teller
    this.#loaded = loaded
    this.#compliance = complianceOf(loaded)
    this.#monitor = monitorOf(this.#compliance, loaded, source)
    this.#context = contextOf(loaded.sensors, source, this.#monitor)
    this.#windows = new Windows(
      { site: loaded.site.name, sensorsOf: this.#context.sensorsOf, known: flowSeries },
      point => teller.point(point),
      coverage => teller.coverage(coverage),
    )
  }

  /** From the next chunk on these rules count; the number of their generation. */
  reload(loaded: Loaded): number {
    this.#next = loaded
    return this.#generation + 1
  }

  /** Reads until the source is over; the equations that do not hold then, in words. */
  async run(): Promise<readonly string[]> {
    // What children and links do is told also while no packet comes.
    const heartbeat = setInterval(() => this.#tellIfDue(), TELL_EVERY_MS)
    try {
      for await (const chunk of this.#source.chunks(chunkBuffer)) {
        if (chunk.packets > 0) this.#firstMs ??= firstMsOf(chunk)
        for (const batch of this.#monitor.read(chunk)) this.#take(batch)
        this.#replaceRules()
        this.#tellIfDue()
        if (this.#waits) await this.#teller.room()
      }
    } finally {
      clearInterval(heartbeat)
    }
    return this.#finish()
  }

  #take(batch: Batch): void {
    const { epochSeconds } = this.#monitor
    const { sensorsOf } = this.#context
    const judged = batch.flows.filter(flow => 'verdict' in flow)
    this.#windows.flows(judged, epochSeconds, this.#monitor.clockNs ?? 0)
    for (const flow of judged)
      if (flow.verdict.kind !== 'out_of_scope')
        this.#teller.flow(flowRow(flow, { epochSeconds, sensorsOf }))
    const sensor = measuredBy(this.#loaded.sensors)
    for (const row of batch.rows)
      this.#teller.point(pointOf(row, { epochSeconds, site: this.#loaded.site.name, sensor }))
    for (const finding of batch.early) this.#finding(finding, true)
    for (const id of batch.withdrawn) this.#teller.gone(id)
    this.#hasOpened ||= batch.early.length + batch.opened.length > 0
  }

  /** At once, or when enough time has passed since the last telling. */
  #tellNews(): void {
    if (this.#news !== null) return
    const dueMs = this.#toldAtMs + NEWS_EVERY_MS - performance.now()
    if (dueMs <= 0) this.#tell()
    else this.#news = setTimeout(() => this.#tell(), dueMs)
  }

  #finding(finding: Finding, isEarly: boolean): void {
    const { epochSeconds } = this.#monitor
    this.#teller.finding({
      finding: reportedFinding(finding, this.#context),
      lastMs: unixMillis(epochSeconds, finding.lastNs),
      isEarly,
    })
  }

  /** Between two chunks, when the books close. */
  #tellIfDue(): void {
    const isDue = performance.now() - this.#toldAtMs >= TELL_EVERY_MS
    if (isDue || this.#teller.isUrgent) this.#tell()
    else if (this.#hasOpened) this.#tellNews()
  }

  /** Tells all that is new, unless the main thread is behind; in any case where it `must`. */
  #tell(must = false, isLast = false): void {
    if (this.#news !== null) clearTimeout(this.#news)
    this.#news = null
    this.#toldAtMs = performance.now()
    if (this.#teller.isBehind && !must) {
      this.#news = setTimeout(() => this.#tell(), NEWS_EVERY_MS)
      return
    }
    this.#hasOpened = false
    for (let isMore = true; isMore; ) {
      const { findings, gone } = this.#compliance.findings.changes(CHANGES_MAX)
      for (const finding of findings) this.#finding(finding, false)
      for (const id of gone) this.#teller.gone(id)
      isMore = must && findings.length + gone.length > 0
    }
    const { oneWay, epochSeconds } = this.#monitor
    for (const interval of this.#oneWay.news(oneWay, epochSeconds, this.#loaded.sensors))
      this.#teller.blind(interval)
    const standing = this.#standing()
    this.#tick(standing, isLast)
    this.#teller.tell(standing, must)
  }

  #tick({ captureMs, ...books }: Standing, isLast: boolean): void {
    if (captureMs === null) return
    this.#windows.tick({
      ...{ captureMs, isLast, books },
      coverage: () => this.#compliance.coverage(this.#compliance.findings.findings()),
      // A replay has its own time.
      lagSeconds: this.#waits ? null : Math.max(0, Date.now() - captureMs) / 1000,
    })
  }

  #standing(): Standing {
    return {
      generation: this.#generation,
      ...{ captureMs: this.#captureMs, firstMs: this.#firstMs },
      ledger: this.#monitor.ledger(),
      interfaces: this.#source.states(),
    }
  }

  get #captureMs(): number | null {
    const { clockNs, epochSeconds } = this.#monitor
    return clockNs === null ? null : unixMillis(epochSeconds, clockNs)
  }

  /** What the old rules have found is told to the end before the new ones count. */
  #replaceRules(): void {
    const loaded = this.#next
    if (loaded === null) return
    this.#next = null
    const compliance = complianceOf(loaded)
    this.#take(this.#monitor.reload(compliance).batch)
    this.#tell(true)
    this.#loaded = loaded
    this.#compliance = compliance
    this.#generation = this.#monitor.generation
  }

  /** All flows that are open end here, often more than may wait to be told; now there is time to tell them. */
  async #finish(): Promise<readonly string[]> {
    let leftMs = FINISH_WAIT_MS_MAX
    for (const batch of this.#monitor.finish()) {
      this.#take(batch)
      if (!this.#teller.isUrgent) continue
      this.#tell()
      const fromMs = performance.now()
      if (leftMs > 0) await this.#teller.room(leftMs)
      leftMs -= performance.now() - fromMs
    }
    this.#tell(true, true)
    const unbalanced = this.#source.states().filter(state => !isL1Closed(state))
    return [
      ...openEquations(this.#monitor.ledger()),
      ...unbalanced.map(({ name }) => `L1 of ${name}`),
    ]
  }
}

const firstMsOf = ({ epochSeconds }: Chunk): number =>
  unixMillis(epochSeconds, chunkBuffer.timeNs[0] ?? 0)

function monitorOf(compliance: Compliance, { sensors }: Loaded, source: LiveSource): Monitor {
  return new Monitor({
    seed: randomBytes(4).readInt32LE(),
    ...{ dedup: true, measure: true, recognise: true, early: true, looksForOneWay: true },
    withConnections: false,
    ports: compliance.ports,
    sensors: Math.max(1, sensors.length),
    fromSeconds: Number.NEGATIVE_INFINITY,
    toSeconds: Number.POSITIVE_INFINITY,
    compliance,
    timedOnArrival: source.states().some(({ isTimedOnArrival }) => isTimedOnArrival),
  })
}
