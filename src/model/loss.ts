// Loss as a share, said in one way wherever it stands: numerator over denominator, and how far it holds.
// What the capture lacks is no loss of the path.

import type { SegmentCounts } from './quality.ts'

/** What a share of lost segments is made of. */
export type LossCounts = Pick<SegmentCounts, 'segments' | 'lost' | 'lostBefore' | 'captureGaps'>

/**
 * `measured` within 0.05 percentage points; `lower_bound` where so much was lost before the sensor that some of
 * it left no gap of its own; `undetermined` where the capture lacks too much, or nothing was sent.
 */
export type LossState = 'measured' | 'lower_bound' | 'undetermined'

/** From so much capture loss on, in percent, path loss cannot be told. */
export const CAPTURE_LOSS_PCT_MAX = 0.1
/** Above so much loss before the sensor, in percent, two losses share a gap too often. */
const LOST_BEFORE_PCT_MAX = 2

/** Segments that were sent: those seen, and those lost before they came here. */
export const segmentsSent = ({ segments, lostBefore }: LossCounts): number => segments + lostBefore

/** Segments that passed the sensor: those seen, and those that it did not take. */
export const segmentsPassed = ({ segments, captureGaps }: LossCounts): number =>
  segments + captureGaps

/** So much was lost before the sensor that some of it left no gap of its own. */
export const isLowerBound = (counts: LossCounts): boolean =>
  100 * counts.lostBefore > LOST_BEFORE_PCT_MAX * segmentsSent(counts)

/** Percent of the segments sent; null where there were none. */
export function lossPct(counts: LossCounts): number | null {
  const sent = segmentsSent(counts)
  return sent === 0 ? null : (100 * counts.lost) / sent
}

/** Percent of what passed the sensor that the capture lacks; 0 where nothing passed. */
export function captureLossPct(counts: LossCounts): number {
  const passed = segmentsPassed(counts)
  return passed === 0 ? 0 : (100 * counts.captureGaps) / passed
}

export function lossState(counts: LossCounts): LossState {
  if (segmentsSent(counts) === 0) return 'undetermined'
  if (captureLossPct(counts) >= CAPTURE_LOSS_PCT_MAX) return 'undetermined'
  return isLowerBound(counts) ? 'lower_bound' : 'measured'
}
