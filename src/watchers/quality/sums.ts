// What one of two servers sent to the other while some time passed, added up over their connections.

import { segmentsPassed, segmentsSent } from '../../model/loss.ts'
import type { SegmentCounts } from '../../model/quality.ts'

export class Sums {
  segments = 0
  lost = 0
  lostBefore = 0
  captureGaps = 0
  outOfOrder = 0
  fast = 0
  timeout = 0
  spurious = 0

  add(counts: SegmentCounts): void {
    const { retransmissions } = counts
    this.segments += counts.segments
    this.lost += counts.lost
    this.lostBefore += counts.lostBefore
    this.captureGaps += counts.captureGaps
    this.outOfOrder += counts.outOfOrder
    this.fast += retransmissions.fast
    this.timeout += retransmissions.timeout
    this.spurious += retransmissions.spurious
  }

  merge(other: Sums): void {
    this.segments += other.segments
    this.lost += other.lost
    this.lostBefore += other.lostBefore
    this.captureGaps += other.captureGaps
    this.outOfOrder += other.outOfOrder
    this.fast += other.fast
    this.timeout += other.timeout
    this.spurious += other.spurious
  }

  /** Segments sent, those included that were lost before they came to the sensor. */
  get expected(): number {
    return segmentsSent(this)
  }

  /** Segments that passed the sensor, and those of them that it did not take. */
  get passed(): number {
    return segmentsPassed(this)
  }

  isAbove(pct: number): boolean {
    return this.lost * 100 > pct * this.expected
  }
}

/** Whether the sensor itself lost so large a share of what passed in both directions. */
export function isBlind([one, other]: readonly [Sums, Sums], pct: number): boolean {
  const gaps = one.captureGaps + other.captureGaps
  return gaps > 0 && gaps * 100 >= pct * (one.passed + other.passed)
}

/** In percent; 0 of nothing. */
export const shareOf = (part: number, whole: number): number =>
  whole === 0 ? 0 : (part / whole) * 100
