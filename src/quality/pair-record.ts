// What was measured between two hosts: round trips by method and leg, segments of each direction, and both
// over time.

import { captureLossPct, type LossCounts, lossPct, lossState, segmentsSent } from '../model/loss.ts'
import {
  NO_VALUES,
  type RoundTrip,
  type RoundTripMethod,
  type SegmentCounts,
} from '../model/quality.ts'
import {
  type ReportedDirection,
  type ReportedMethod,
  type ReportedPair,
  reportedRoundTrips,
  thousandths,
} from '../model/reported-quality.ts'
import { Histogram } from './histogram.ts'
import { Series, type Timeline } from './series.ts'
import { Spread } from './spread.ts'

/** What the policy demands; broken strictly above. */
export interface PairLimits {
  readonly rttMs: number
  readonly lossPct: number
}

export type PairLeg = 'total' | 'a' | 'b'

const METHODS: readonly RoundTripMethod[] = ['syn', 'seqack', 'tsopt', 'rtcp', 'icmp']
const LEGS: readonly PairLeg[] = ['total', 'a', 'b']
/** Below so many segments a share says nothing (S-08). */
const SEGMENTS_MIN = 200

type Counts = { -readonly [Key in keyof SegmentCounts]: number }
type LossPoint = { -readonly [Key in keyof LossCounts]: number }
type Again = SegmentCounts['retransmissions']

const SPREADS = {
  make: () => new Spread(),
  merge: (into: Spread, from: Spread) => into.merge(from),
}
const LOSSES = {
  make: (): LossPoint => ({ segments: 0, lost: 0, lostBefore: 0, captureGaps: 0 }),
  merge: (into: LossPoint, from: LossPoint) => {
    into.segments += from.segments
    into.lost += from.lost
    into.lostBefore += from.lostBefore
    into.captureGaps += from.captureGaps
  },
}

/** Segments of one direction. */
class Direction {
  readonly #loss: Series<LossPoint>
  readonly counts: Omit<Counts, 'retransmissions'> = {
    ...{ segments: 0, outOfOrder: 0, duplicateAcks: 0, zeroWindows: 0, keepAlives: 0 },
    ...{ captureGaps: 0, lost: 0, lostBefore: 0 },
  }
  readonly #again = { total: 0, fast: 0, timeout: 0, spurious: 0 }

  constructor(timeline: Timeline) {
    this.#loss = new Series(timeline, LOSSES)
  }

  add({ retransmissions, ...counts }: SegmentCounts): void {
    for (const key of Object.keys(this.counts) as (keyof typeof this.counts)[])
      this.counts[key] += counts[key]
    for (const key of Object.keys(this.#again) as (keyof Again)[])
      this.#again[key] += retransmissions[key]
  }

  /** What was sent in some seconds that ended then. */
  sent(counts: SegmentCounts, ns: number): void {
    if (segmentsSent(counts) + counts.captureGaps === 0) return
    const point = this.#loss.at(ns)
    if (point !== null) LOSSES.merge(point, counts)
  }

  report(from: string, to: string): ReportedDirection {
    const { counts } = this
    const points = this.#loss.points()
    return {
      ...{ from, to, segments: counts.segments, lost: counts.lost },
      lost_before: counts.lostBefore,
      loss_pct: thousandths(lossPct(counts)),
      loss_state: lossState(counts),
      capture_gaps: counts.captureGaps,
      capture_loss_pct: thousandths(captureLossPct(counts)),
      retransmissions: { ...this.#again },
      out_of_order: counts.outOfOrder,
      duplicate_acks: counts.duplicateAcks,
      zero_windows: counts.zeroWindows,
      keep_alives: counts.keepAlives,
      loss_series: points.map(point => (point === null ? null : thousandths(lossPct(point)))),
      capture_loss_series: points.map(point =>
        point === null ? null : thousandths(captureLossPct(point)),
      ),
    }
  }
}

export class PairRecord {
  readonly a: string
  readonly b: string
  readonly #limits: PairLimits | null
  readonly #all = new Histogram()
  /** By method and leg; made when the first sample comes. */
  readonly #methods = new Map<string, Histogram>()
  readonly #p95: Series<Spread>
  readonly #ab: Direction
  readonly #ba: Direction
  #over = 0

  constructor(a: string, b: string, limits: PairLimits | null, timeline: Timeline) {
    this.a = a
    this.b = b
    this.#limits = limits
    this.#p95 = new Series(timeline, SPREADS)
    this.#ab = new Direction(timeline)
    this.#ba = new Direction(timeline)
  }

  /** A round trip over one leg, or the whole way. */
  roundTrip({ method, ns, timeNs }: Omit<RoundTrip, 'leg'>, leg: PairLeg): void {
    const key = `${method} ${leg}`
    const known = this.#methods.get(key) ?? new Histogram()
    if (!this.#methods.has(key)) this.#methods.set(key, known)
    known.add(ns)
    if (leg !== 'total') return
    this.#all.add(ns)
    this.#p95.at(timeNs)?.add(ns)
    if (this.#limits !== null && ns > this.#limits.rttMs * 1e6) this.#over++
  }

  /** `isByA`: `a` sent them. */
  segments(counts: SegmentCounts, isByA: boolean): void {
    this.#directionOf(isByA).add(counts)
  }

  sent(counts: SegmentCounts, ns: number, isByA: boolean): void {
    this.#directionOf(isByA).sent(counts, ns)
  }

  /** Where anything was measured at all. */
  get isEmpty(): boolean {
    const seen = ({ counts }: Direction) => counts.segments + counts.captureGaps
    return this.#methods.size === 0 && seen(this.#ab) + seen(this.#ba) === 0
  }

  report(): ReportedPair {
    const { a, b } = this
    const directions = [this.#ab.report(a, b), this.#ba.report(b, a)]
    const trips = this.#all.distribution()
    const limits = this.#limits
    return {
      ...{ a, b },
      limits: limits === null ? null : { rtt_ms: limits.rttMs, loss_pct: limits.lossPct },
      is_over: limits !== null && isOver(trips.p95, directions, limits),
      round_trip: {
        ...reportedRoundTrips(trips),
        over: limits === null ? null : this.#over,
        p95_series: this.#p95
          .points()
          .map(point => (point === null ? null : thousandths(point.quantile(0.95) / 1e6))),
      },
      methods: LEGS.flatMap(leg => METHODS.flatMap(method => this.#method(method, leg))),
      directions,
    }
  }

  #directionOf(isByA: boolean): Direction {
    return isByA ? this.#ab : this.#ba
  }

  #method(method: RoundTripMethod, leg: PairLeg): ReportedMethod[] {
    const trips = this.#methods.get(`${method} ${leg}`)
    if (trips === undefined) return []
    return [{ method, leg, ...reportedRoundTrips(trips.distribution() ?? NO_VALUES) }]
  }
}

const isOver = (
  p95: number,
  directions: readonly ReportedDirection[],
  { rttMs, lossPct: lossMax }: PairLimits,
): boolean =>
  p95 > rttMs ||
  directions.some(
    ({ segments, lost_before: before, loss_pct: pct, loss_state: state }) =>
      state !== 'undetermined' && segments + before >= SEGMENTS_MIN && (pct ?? 0) > lossMax,
  )
