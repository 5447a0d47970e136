// What a finding says of segments that get lost: how many of how many, how that is known, and where it happened.

import type { Placement } from '../../model/inventory.ts'
import { isLowerBound } from '../../model/loss.ts'
import type { Observation } from '../../model/observation.ts'
import { counted, grouped } from '../../model/text.ts'
import type { Confidence } from '../../model/verdict.ts'
import type { Watch } from '../watcher.ts'
import { type Sums, shareOf } from './sums.ts'

/** Who sends to whom. */
export interface Ends {
  readonly from: Placement
  readonly to: Placement
}

/** One direction of a pair while a breach went on. */
export interface Breach extends Ends {
  readonly sums: Sums
  /** What passed in both directions, and what of it the sensor did not take. */
  readonly passed: number
  readonly captureGaps: number
  /** Windows in a row; 0 where the capture was too short for two, and is judged as one. */
  readonly windows: number
  readonly firstNs: number
  readonly lastNs: number
}

type Said = Omit<Observation, 'row' | 'service' | 'flows'>

export function lostSegments(
  watch: Watch,
  breach: Breach,
  limit: { readonly pct: number; readonly windowS: number },
): Said {
  const { from, to, sums, firstNs, lastNs } = breach
  const before = sums.lostBefore * 2 > sums.lost
  const way = before ? `${from.name} and the sensor` : `the sensor and ${to.name}`
  return {
    ...{ verdict: 'degraded', reason: 'loss', proofs: 1, frames: [] },
    ...{ source: from, destination: to, firstNs, lastNs },
    confidence: confidenceOf(breach, limit.pct),
    title: `More than ${limit.pct} % of what ${from.name} sends to ${to.name} is lost`,
    fix: `Look for queue drops, errors and unlike duplex modes of the interfaces between ${way} first, where most of it is lost.`,
    expected: `${limit.pct} % lost at the most`,
    why: [
      countText(watch, breach, limit),
      methodText(sums),
      placeText(breach),
      `The sensor itself missed ${grouped(breach.captureGaps)} of ${counted(breach.passed, 'segment')} both ways.`,
    ],
  }
}

function countText(
  watch: Watch,
  { from, to, sums, windows, firstNs, lastNs }: Breach,
  { pct, windowS }: { readonly pct: number; readonly windowS: number },
): string {
  const share = shareOf(sums.lost, sums.expected).toFixed(2)
  const least = isLowerBound(sums) ? ' at the least' : ''
  const when = `from ${watch.timeText(firstNs)} to ${watch.timeText(lastNs)}`
  const how =
    windows === 0
      ? 'judged as one window, since it is shorter than two'
      : `${windows} windows of ${windowS} s in a row, each above ${pct} %`
  return `${grouped(sums.lost)} of ${counted(sums.expected, 'segment')} from ${from.name} to ${to.name} were lost ${when}, ${share} %${least}: ${how}.`
}

/** How TCP shows it. RFC 5681, RFC 6298. */
function methodText({ fast, timeout, spurious }: Sums): string {
  const again = [
    `${grouped(fast)} after duplicate acknowledgements`,
    `${grouped(timeout)} after a time-out`,
    `${grouped(spurious)} for nothing, which count as no loss`,
  ]
  return `Known from what TCP sent again: ${again.join(', ')}.`
}

function placeText({ from, to, sums }: Breach): string {
  const { lost, lostBefore } = sums
  const place = `${grouped(lostBefore)} were lost between ${from.name} and the sensor, ${grouped(lost - lostBefore)} between the sensor and ${to.name}.`
  if (!isLowerBound(sums)) return place
  return `${place} A segment that is lost twice before the sensor leaves one gap there, so there were these at the least.`
}

/** Losses are counted as rare events are: by chance they are off by twice the root of their number. */
function confidenceOf({ sums, windows }: Breach, pct: number): Confidence {
  const sure = sums.lost - 2 * Math.sqrt(sums.lost)
  return windows > 0 && sure * 100 > pct * sums.expected ? 'confirmed' : 'probable'
}
