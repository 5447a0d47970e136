// What a finding says of round trips that take too long: how many, by which method, and in which half.

import type { Placement } from '../../model/inventory.ts'
import type { Observation } from '../../model/observation.ts'
import type { RoundTripMethod } from '../../model/quality.ts'
import type { Watch } from '../watcher.ts'
import type { End } from './paths.ts'
import type { Tally } from './tally.ts'

const METHOD_WORDS: Readonly<Record<RoundTripMethod, string>> = {
  syn: 'handshakes',
  seqack: 'acknowledgements of data',
  tsopt: 'timestamps of TCP',
  rtcp: 'reports of RTCP',
  icmp: 'echo',
}

type Said = Omit<Observation, 'row' | 'service' | 'flows'>

/** `tally` has at least one round trip above the limit. */
export function slowTrips(
  watch: Watch,
  ends: readonly [Placement, Placement],
  tally: Tally,
  limitMs: number,
): Said {
  const webEnd: End = ends[0].labels.has('web') ? 0 : 1
  const [web, app] = webEnd === 0 ? ends : [ends[1], ends[0]]
  const slowEnd = slowerOf(tally)
  const { firstNs, lastNs } = tally
  return {
    ...{ verdict: 'degraded', reason: 'rtt', confidence: 'confirmed', proofs: 1 },
    ...{ source: web, destination: app, firstNs, lastNs, frames: [] },
    title: `Round trips between ${web.name} and ${app.name} take more than ${limitMs} ms`,
    fix: `Look for a slow or loaded link, or a detour, between the sensor and ${ends[slowEnd].name} first, where most of the time passes; and whether ${ends[slowEnd].name} itself is overloaded.`,
    expected: `a round trip of ${limitMs} ms at the most`,
    why: [
      countText(watch, tally, limitMs),
      `They were measured by ${methodText(tally)}.`,
      halfText(ends, tally),
    ],
  }
}

function countText(
  watch: Watch,
  { n, over, spread, firstNs, lastNs }: Tally,
  limitMs: number,
): string {
  const { p50, p95, max } = spread.distribution()
  const when = `from ${watch.timeText(firstNs)} to ${watch.timeText(lastNs)}`
  const ms = (value: number): string => value.toFixed(1)
  return `${over} of ${n} round trips ${when} took more than ${limitMs} ms: p50 ${ms(p50)} ms, p95 ${ms(p95)} ms, the longest ${ms(max)} ms.`
}

const methodText = ({ methods }: Tally): string =>
  [...methods].map(([method, count]) => `${METHOD_WORDS[method]} (${count})`).join(' and ')

function halfText(ends: readonly [Placement, Placement], { slow }: Tally): string {
  const parts = ends.map(({ name }, end) => {
    const ns = slow[end === 0 ? 0 : 1].value
    const time = ns === null ? 'an unknown time' : `${(ns / 1e6).toFixed(1)} ms on average`
    return `${time} between the sensor and ${name}`
  })
  return `Of those above it, ${parts.join(' and ')}.`
}

function slowerOf({ slow: [one, other] }: Tally): End {
  return (one.value ?? 0) >= (other.value ?? 0) ? 0 : 1
}
