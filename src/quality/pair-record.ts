// What was measured between two hosts: round trips by method and leg, segments of each direction, and both
// over time.

import { Histogram } from '../model/histogram.ts'
import { captureLossPct, type LossCounts, lossPct, lossState, segmentsSent } from '../model/loss.ts'
import type { RoundTripMethod, SegmentCounts } from '../model/quality.ts'
import {
  type ReportedDirection,
  type ReportedMethod,
  type ReportedPair,
  reportedRoundTrips,
  thousandths,
} from '../model/reported-quality.ts'
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
/** Of the round trips of a pair; 24 bytes each. */
const BINS_MAX = 256
/** Of those of one method over one leg. */
const METHOD_BINS_MAX = 64
/** Above this share of them, p95 is above too; of fewer round trips it says nothing. */
const SLOW_SHARE = 0.05
const TRIPS_MIN = 20
/** Below so many segments a share says nothing (S-08). */
const SEGMENTS_MIN = 200

type Counts = { -readonly [Key in keyof SegmentCounts]: number }
type LossPoint = { -readonly [Key in keyof LossCounts]: number }
/** Round trips of one point of the series, and how many of them were above the limit. */
interface TripPoint {
  readonly spread: Spread
  over: number
}

const TRIPS = {
  make: (): TripPoint => ({ spread: new Spread(), over: 0 }),
  merge: (into: TripPoint, from: TripPoint) => {
    into.spread.merge(from.spread)
    into.over += from.over
  },
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

  /** Written out, since there are two for each connection. */
  add(more: SegmentCounts): void {
    const { counts } = this
    counts.segments += more.segments
    counts.outOfOrder += more.outOfOrder
    counts.duplicateAcks += more.duplicateAcks
    counts.zeroWindows += more.zeroWindows
    counts.keepAlives += more.keepAlives
    counts.captureGaps += more.captureGaps
    counts.lost += more.lost
    counts.lostBefore += more.lostBefore
    this.#again.total += more.retransmissions.total
    this.#again.fast += more.retransmissions.fast
    this.#again.timeout += more.retransmissions.timeout
    this.#again.spurious += more.retransmissions.spurious
  }

  /** What was sent in some seconds that ended then. */
  sent(counts: SegmentCounts, ns: number): void {
    if (segmentsSent(counts) + counts.captureGaps === 0) return
    const point = this.#loss.at(ns)
    if (point !== null) LOSSES.merge(point, counts)
  }

  /** Above `lossMax` percent it is above its limit. */
  report(from: string, to: string, lossMax: number): ReportedDirection {
    const { counts } = this
    const points = this.#loss.points()
    const highest = worst(points)
    const whole = worst([counts])
    return {
      ...{ from, to, segments: counts.segments, lost: counts.lost },
      lost_before: counts.lostBefore,
      loss_pct: thousandths(lossPct(counts)),
      loss_state: lossState(counts),
      loss_worst_pct: thousandths(highest),
      is_above_limit: Math.max(highest ?? 0, whole ?? 0) > lossMax,
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
  readonly #all = new Histogram(BINS_MAX)
  /** By method and leg; made when the first sample comes. */
  readonly #methods: (Histogram | undefined)[] = []
  readonly #trips: Series<TripPoint>
  readonly #ab: Direction
  readonly #ba: Direction
  #over = 0

  constructor(a: string, b: string, limits: PairLimits | null, timeline: Timeline) {
    this.a = a
    this.b = b
    this.#limits = limits
    this.#trips = new Series(timeline, TRIPS)
    this.#ab = new Direction(timeline)
    this.#ba = new Direction(timeline)
  }

  /** A round trip over one leg, or the whole way. */
  roundTrip(method: RoundTripMethod, leg: PairLeg, ns: number, timeNs: number): void {
    this.#histogramOf(method, leg).add(ns)
    if (leg !== 'total') return
    this.#all.add(ns)
    const over = this.#limits !== null && ns > this.#limits.rttMs * 1e6 ? 1 : 0
    this.#over += over
    const point = this.#trips.at(timeNs)
    if (point === null) return
    point.spread.add(ns)
    point.over += over
  }

  /** What was sent until then, since the last time; `isByA`: `a` sent it. */
  sent(counts: SegmentCounts, ns: number, isByA: boolean): void {
    const direction = isByA ? this.#ab : this.#ba
    direction.add(counts)
    direction.sent(counts, ns)
  }

  /** Where anything was measured at all. */
  get isEmpty(): boolean {
    const seen = ({ counts }: Direction) => counts.segments + counts.captureGaps
    return this.#methods.length === 0 && seen(this.#ab) + seen(this.#ba) === 0
  }

  report(): ReportedPair {
    const { a, b } = this
    const lossMax = this.#limits?.lossPct ?? Number.POSITIVE_INFINITY
    const directions = [this.#ab.report(a, b, lossMax), this.#ba.report(b, a, lossMax)]
    const trips = this.#all.distribution()
    const limits = this.#limits
    return {
      ...{ a, b },
      limits: limits === null ? null : { rtt_ms: limits.rttMs, loss_pct: limits.lossPct },
      round_trip: {
        ...reportedRoundTrips(trips, this.#all.errorShare),
        over: limits === null ? null : this.#over,
        is_above_limit: limits !== null && this.#isSlow(),
        p95_series: this.#trips
          .points()
          .map(point => (point === null ? null : thousandths(point.spread.quantile(0.95) / 1e6))),
      },
      methods: LEGS.flatMap(leg => METHODS.flatMap(method => this.#method(method, leg))),
      directions,
    }
  }

  /** p95 is above the limit: of all round trips, or of enough of them in one point. */
  #isSlow(): boolean {
    if (this.#over > SLOW_SHARE * this.#all.n) return true
    return this.#trips
      .points()
      .some(
        point =>
          point !== null && point.spread.n >= TRIPS_MIN && point.over > SLOW_SHARE * point.spread.n,
      )
  }

  #histogramOf(method: RoundTripMethod, leg: PairLeg): Histogram {
    const place = placeOf(method, leg)
    const known = this.#methods[place]
    if (known !== undefined) return known
    const made = new Histogram(METHOD_BINS_MAX)
    this.#methods[place] = made
    return made
  }

  #method(method: RoundTripMethod, leg: PairLeg): ReportedMethod[] {
    const trips = this.#methods[placeOf(method, leg)]
    if (trips === undefined) return []
    return [{ method, leg, ...reportedRoundTrips(trips.distribution(), trips.errorShare) }]
  }
}

const placeOf = (method: RoundTripMethod, leg: PairLeg): number =>
  LEGS.length * METHODS.indexOf(method) + LEGS.indexOf(leg)

/** The highest loss of one point that can be told; null where there is none. */
function worst(points: readonly (LossCounts | null)[]): number | null {
  let highest: number | null = null
  for (const point of points) {
    if (point === null || segmentsSent(point) < SEGMENTS_MIN) continue
    if (lossState(point) === 'undetermined') continue
    highest = Math.max(highest ?? 0, lossPct(point) ?? 0)
  }
  return highest
}
