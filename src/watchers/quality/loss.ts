// S-08: what is lost between a Web Server and an Application Server, for each direction, in whole windows that
// follow one another. What the sensor lost itself is no loss of the path, and hides it.

import type { Placement } from '../../model/inventory.ts'
import type { Limit } from '../../model/policy.ts'
import type { SegmentCounts, Side, Span } from '../../model/quality.ts'
import type { Connection, Link } from '../../model/sighting.ts'
import { counted } from '../../model/text.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch, Watcher } from '../watcher.ts'
import { EndedFlows } from './ended-flows.ts'
import { LossRows } from './loss-rows.ts'
import { type Breach, type Ends, lostSegments } from './lost-segments.ts'
import { type End, endOf, otherEnd, type Pair, Paths } from './paths.ts'
import { isBlind, Sums, shareOf } from './sums.ts'

const STATEMENT = 'S-08'
/** Where the rules say nothing else. */
const DEFAULTS = { pct: 1, windowS: 60, packetsMin: 200, captureLossPct: 0.1, windows: 2 }

/** Windows in a row above the limit. */
interface Run {
  readonly sums: Sums
  readonly firstNs: number
  passed: number
  captureGaps: number
  windows: number
  isTold: boolean
}

type Both = readonly [Sums, Sums]
const NEITHER: readonly boolean[] = [false, false]

/** What is remembered of two servers, by who sends. */
class Way {
  window: Both = [new Sums(), new Sums()]
  /** Whether the window before was judged. */
  judged = NEITHER
  /** Since the capture began; it may be too short for two windows. */
  readonly all: Both = [new Sums(), new Sums()]
  readonly runs: [Run | null, Run | null] = [null, null]
  service = ''
  readonly ended = new EndedFlows()
  /** How many of them were shown, by who sends. */
  readonly shown: [number, number] = [0, 0]
}

/** What a window comes to. */
type Judged = 'above' | 'within' | 'few' | 'blind'

export class Loss implements Watcher {
  readonly #watch: Watch
  readonly #causeOf: (from: Placement, to: Placement) => string | null
  readonly #limit: ReturnType<typeof limitOf>
  readonly #paths: Paths<Way>
  readonly #rows: LossRows<Way>
  #window = Number.NEGATIVE_INFINITY
  #firstNs = Number.POSITIVE_INFINITY
  /** Breaches that wait until it is known that the capture is long enough for two windows. */
  #held: (() => void)[] = []
  #hasLink = false
  /** The largest window that was too small. */
  #most = 0

  /** `causeOf` says why what one server sends to another is lost, in a sentence, where somebody knows. */
  constructor(watch: Watch, causeOf: (from: Placement, to: Placement) => string | null) {
    this.#watch = watch
    this.#causeOf = causeOf
    const limit = watch.policy.limits.find(({ id }) => id === STATEMENT)
    this.#limit = limitOf(limit)
    this.#paths = new Paths(watch.policy, limit, () => new Way())
    this.#rows = new LossRows(
      row => watch.measure(row),
      ({ judged }: Way) => judged,
    )
  }

  connected(connection: Connection): void {
    if (this.#hasLink || connection.transport !== 'tcp' || connection.isReset) return
    if (this.#paths.isLimited(connection)) this.#hasLink = true
  }

  sent(link: Link, from: Side, counts: SegmentCounts, { toNs }: Span): void {
    const path = this.#paths.of(link)
    if (path === null) return
    // What ends with a window belongs to it.
    const window = Math.ceil(toNs / this.#limit.windowNs) - 1
    if (window > this.#window) this.#close(window)
    const end = endOf(path, link, from)
    this.#rows.add(path, end, counts)
    if (!path.isLimited) return
    const way = path.pair.state
    if (way.service === '') way.service = `${link.transport}/${link.serverPort}`
    way.window[end].add(counts)
    way.all[end].add(counts)
  }

  ended(judged: JudgedFlow): void {
    this.#paths.pairOf(judged)?.state.ended.add(judged)
  }

  tick(nowNs: number): void {
    this.#firstNs = Math.min(this.#firstNs, nowNs)
    const window = Math.floor(nowNs / this.#limit.windowNs)
    // A clock may be set back.
    if (window !== this.#window) this.#close(window)
    if (nowNs - this.#firstNs >= this.#shortNs) this.#release()
  }

  /** Whether the capture is long enough is told by packets alone. */
  quiet(nowNs: number): void {
    const window = Math.floor(nowNs / this.#limit.windowNs)
    if (window > this.#window) this.#close(window)
  }

  finish(firstNs: number, nowNs: number): void {
    const isShort = nowNs - firstNs < this.#shortNs
    if (!isShort) this.#release()
    for (const pair of this.#paths.pairs)
      if (isShort) this.#judgeAll(pair, firstNs, nowNs)
      // A part of a window at the end is shown, and not judged.
      else pair.state.judged = NEITHER
    this.#rows.close(this.#window * this.#limit.windowNs)
    this.#sayBlind()
  }

  /** A capture that is shorter holds no two windows. */
  get #shortNs(): number {
    return this.#limit.windows * this.#limit.windowNs
  }

  #close(next: number): void {
    for (const pair of this.#paths.pairs) this.#conclude(pair)
    this.#rows.close(this.#window * this.#limit.windowNs)
    this.#window = next
  }

  /** What a window comes to that is over. */
  #conclude(pair: Pair<Way>): void {
    const way = pair.state
    const { window } = way
    way.window = [new Sums(), new Sums()]
    const both = this.#judge(pair, window)
    way.judged = both.map(isJudged)
    for (const end of [0, 1] as const) {
      if (both[end] === 'within') this.#watch.kept(STATEMENT, this.#endNs)
      if (both[end] === 'above') this.#above(pair, end, window)
      else way.runs[end] = null
    }
  }

  /** Both directions of what passed; where the sensor missed too much of it, a note says so. */
  #judge({ ends: [one, other] }: Pair<Way>, sums: Both): readonly Judged[] {
    const { pct, packetsMin, captureLossPct } = this.#limit
    if (isBlind(sums, captureLossPct)) {
      const gaps = sums[0].captureGaps + sums[1].captureGaps
      const passed = sums[0].passed + sums[1].passed
      this.#watch.blind(
        STATEMENT,
        `The sensor missed ${gaps} of ${counted(passed, 'segment')} between ${one.name} and ${other.name} (${shareOf(gaps, passed).toFixed(2)} %), so that nobody can tell what the path lost.`,
      )
      return ['blind', 'blind']
    }
    return sums.map(one => {
      if (one.expected >= packetsMin) return one.isAbove(pct) ? 'above' : 'within'
      this.#most = Math.max(this.#most, one.expected)
      return 'few'
    })
  }

  #above(pair: Pair<Way>, end: End, window: Both): void {
    const { runs } = pair.state
    const run = runs[end] ?? beginRun(this.#startNs)
    runs[end] = run
    run.sums.merge(window[end])
    run.passed += window[0].passed + window[1].passed
    run.captureGaps += window[0].captureGaps + window[1].captureGaps
    run.windows += 1
    if (run.windows < this.#limit.windows) return
    const goesOn = run.isTold
    run.isTold = true
    const breach = { ...run, sums: copyOf(run.sums), lastNs: this.#endNs }
    this.#held.push(() => this.#tell(pair, end, breach, goesOn))
  }

  /** A capture that is too short for two windows is judged as one. */
  #judgeAll(pair: Pair<Way>, firstNs: number, nowNs: number): void {
    const { all } = pair.state
    const both = this.#judge(pair, all)
    pair.state.judged = both.map(isJudged)
    for (const end of [0, 1] as const) {
      if (both[end] === 'within') this.#watch.kept(STATEMENT, nowNs)
      if (both[end] !== 'above') continue
      const passed = all[0].passed + all[1].passed
      const captureGaps = all[0].captureGaps + all[1].captureGaps
      const breach = { sums: all[end], passed, captureGaps, windows: 0, firstNs, lastNs: nowNs }
      this.#tell(pair, end, breach, false)
    }
  }

  #tell(
    { ends, state }: Pair<Way>,
    end: End,
    breach: Omit<Breach, keyof Ends>,
    goesOn: boolean,
  ): void {
    const [from, to] = [ends[end], ends[otherEnd(end)]]
    const said = lostSegments(this.#watch, { ...breach, from, to }, this.#limit)
    const cause = this.#causeOf(from, to)
    const why = cause === null ? said.why : [...said.why, cause]
    const flows = state.ended.after(goesOn ? state.shown[end] : 0, breach.firstNs)
    state.shown[end] = state.ended.count
    this.#watch.observe({
      ...said,
      why,
      flows,
      row: STATEMENT,
      service: state.service,
      goesOn,
      isRetold: goesOn,
    })
  }

  #release(): void {
    const held = this.#held
    this.#held = []
    for (const tell of held) tell()
  }

  #sayBlind(): void {
    const { missed } = this.#paths
    if (missed > 0)
      this.#watch.blind(
        STATEMENT,
        `${counted(missed, 'connection')} between too many pairs of servers were left out.`,
      )
    if (this.#hasLink)
      this.#watch.blind(
        STATEMENT,
        `No ${this.#limit.windowS} s of any direction between Web Server and Application Server had ${this.#limit.packetsMin} segments, which it takes to judge; the most were ${this.#most}.`,
      )
  }

  get #startNs(): number {
    const startNs = this.#window * this.#limit.windowNs
    return Number.isFinite(this.#firstNs) ? Math.max(startNs, this.#firstNs) : startNs
  }

  get #endNs(): number {
    return (this.#window + 1) * this.#limit.windowNs
  }
}

const isJudged = (judged: Judged): boolean => judged === 'above' || judged === 'within'

const beginRun = (firstNs: number): Run => ({
  ...{ sums: new Sums(), firstNs, passed: 0, captureGaps: 0, windows: 0, isTold: false },
})

function copyOf(sums: Sums): Sums {
  const copy = new Sums()
  copy.merge(sums)
  return copy
}

function limitOf(limit: Limit | undefined) {
  const { pct, windowS, packetsMin, captureLossPct, windows } = DEFAULTS
  const sustain = limit?.sustain
  return {
    pct: limit?.value ?? pct,
    windowS: limit?.windowS ?? windowS,
    windowNs: (limit?.windowS ?? windowS) * 1e9,
    packetsMin: limit?.packetsMin ?? packetsMin,
    captureLossPct: limit?.captureLossPct ?? captureLossPct,
    windows: sustain !== undefined && 'windows' in sustain ? sustain.windows : windows,
  }
}
