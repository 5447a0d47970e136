// What an audit says of quality: three lines, the worst of each. All of it is in `mpwatch quality`.

import type { ReportedPair, ReportedQuality } from '../model/reported-quality.ts'
import { counted, grouped } from '../model/text.ts'
import { hanging } from './layout.ts'
import type { Page } from './terminal-basis.ts'
import { milliseconds } from './terminal-pairs.ts'

export function inShort({ result: { quality }, paint, width }: Page): readonly string[] {
  if (quality === null) return []
  const texts = [...pairText(quality), ...streamText(quality), ...captureText(quality)]
  if (texts.length === 0) return []
  return [paint('bold', 'Quality, in short'), ...texts.flatMap(text => hanging('  ', text, width))]
}

/** Of pairs with limits, where there are any. */
function pairText({ pairs }: ReportedQuality): readonly string[] {
  const [worst] = pairs.filter(({ round_trip: trips }) => trips.n > 0)
  if (worst === undefined) return []
  const { a, b, round_trip: trips, limits } = worst
  const beside = limits === null ? 'no limit' : `limit ${limits.rtt_ms} ms`
  return [
    `Worst pair: ${a} ↔ ${b}, p95 ${milliseconds(trips.p95_ms)} ms of ${counted(trips.n, 'round trip')} (${beside}), ${lossText(worst)}.`,
  ]
}

function lossText({ directions }: ReportedPair): string {
  const [most] = directions
    .filter(({ loss_state: state }) => state !== 'undetermined')
    .toSorted((one, other) => (other.loss_pct ?? 0) - (one.loss_pct ?? 0))
  if (most === undefined) return 'loss not to be told'
  const sent = most.segments + most.lost_before
  return `${(most.loss_pct ?? 0).toFixed(2)} % of ${counted(sent, 'segment')} lost`
}

function streamText({ streams: [worst], streams_seen: seen }: ReportedQuality): readonly string[] {
  if (worst === undefined) return []
  const jitter =
    worst.jitter_ms === null ? '' : `, jitter up to ${milliseconds(worst.jitter_ms.max)} ms`
  const share = (worst.loss_pct ?? 0).toFixed(2)
  return [
    `Worst of ${counted(seen.count, 'media stream')}: ${worst.from} → ${worst.to}, ${share} % of ${counted(worst.expected, 'packet')} lost${jitter}.`,
  ]
}

function captureText({ capture: { segments, gaps, loss_pct: pct } }: ReportedQuality) {
  if (segments + gaps === 0) return []
  const lacks = gaps === 0 ? 'none' : `${grouped(gaps)}, ${pct.toFixed(2)} %`
  return [
    `Capture: of ${counted(segments + gaps, 'TCP segment')} it lacks ${lacks}. mpwatch quality tells more.`,
  ]
}
