// How far the clocks of a Web Server and an Application Server are apart (S-13), judged from one measurement
// after another. The document names no number: the limit is the rules' (A-33), and what lies within the
// error of a measurement decides nothing.

import type { Placement } from '../../model/inventory.ts'
import type { Frame } from '../../model/observation.ts'
import { PairTable } from '../../model/pair-table.ts'
import type { Policy } from '../../model/policy.ts'
import type { Watch } from '../watcher.ts'
import { type Interval, isBeyond, isWithin } from './interval.ts'
import type { Trend } from './trend.ts'
import { aheadText, msText } from './words.ts'

const STATEMENT = 'S-13'
const LIMIT_MS = 1000
/** So many times the limit is as bad as it gets: 5 s for 1 s. */
const HIGH_FACTOR = 5
/** One measurement may be of a clock that is just being set. */
const IN_A_ROW = 2
const TREND_NS_MIN = 60e9
/** A trend that is known no better than that tells nothing. */
const TREND_PPM_MAX = 1000

/** How the difference was found: by an exchange of the two, by one of each with others, by HTTP. */
export type Way = 'direct' | 'indirect' | 'http_date'

export interface Estimate {
  readonly web: Placement
  readonly app: Placement
  /** How far the Web Server's clock is ahead. */
  readonly ahead: Interval
  /** Where in that it is most likely, milliseconds. */
  readonly likelyMs: number
  readonly way: Way
  /** Nothing in the bound is assumed. */
  readonly isSure: boolean
  /** Which sensor took it; null where two did. */
  readonly sensor: number | null
  readonly timeNs: number
  readonly frames: readonly Frame[]
}

/** Measurements in a row that were beyond the limit. */
interface Beyond {
  readonly count: number
  readonly sinceNs: number
}

interface Pair {
  readonly web: Placement
  readonly app: Placement
  count: number
  /** By sensors: two of them see one exchange twice. */
  readonly beyond: Map<number | null, Beyond>
  isTold: boolean
  hasKept: boolean
  /** The first, for the trend, and the last. */
  readonly first: Estimate
  last: Estimate
  directNs: number
}

export class ClockPairs {
  readonly #watch: Watch
  readonly #limitMs: number
  readonly #pairs = new PairTable<Pair>()
  readonly #all: Pair[] = []
  /** What TCP tells of the pair, how much faster the Web Server's clock runs. */
  readonly #trendOf: (web: string, app: string) => Trend | null

  constructor(watch: Watch, trendOf: (web: string, app: string) => Trend | null) {
    this.#watch = watch
    this.#limitMs = limitOf(watch.policy)
    this.#trendOf = trendOf
  }

  /** When the two last told each other the time; -Infinity for never. */
  directNs(web: string, app: string): number {
    return this.#pairs.get(web, app)?.directNs ?? Number.NEGATIVE_INFINITY
  }

  take(estimate: Estimate): void {
    const pair = this.#pairOf(estimate)
    pair.count++
    pair.last = estimate
    if (estimate.way === 'direct') pair.directNs = estimate.timeNs
    const { ahead, sensor, timeNs } = estimate
    if (isBeyond(ahead, this.#limitMs)) {
      const { count, sinceNs } = pair.beyond.get(sensor) ?? { count: 0, sinceNs: timeNs }
      const beyond = { count: count + 1, sinceNs }
      pair.beyond.set(sensor, beyond)
      if (beyond.count >= IN_A_ROW) this.#tell(pair, estimate, beyond)
      return
    }
    pair.beyond.delete(sensor)
    if (isWithin(ahead, this.#limitMs)) {
      pair.hasKept = true
      this.#watch.kept(STATEMENT, timeNs)
    }
  }

  /** Says of every pair that was measured and not judged why that is so; false where none was measured. */
  finish(): boolean {
    for (const { isTold, hasKept, last, web, app } of this.#all) {
      if (isTold || hasKept) continue
      const limit = msText(this.#limitMs)
      const between = `The clocks of ${web.name} and ${app.name}`
      const reason = isBeyond(last.ahead, this.#limitMs)
        ? `${between} were more than ${limit} apart once, which may be a clock that was just being set.`
        : `${between} are ${apartText(last)}, so nobody can tell whether that is above ${limit}.`
      this.#watch.blind(STATEMENT, reason)
    }
    return this.#all.length > 0
  }

  #pairOf(estimate: Estimate): Pair {
    const { web, app } = estimate
    return this.#pairs.take(web.name, app.name, () => {
      const pair: Pair = {
        ...{ web, app, count: 0, beyond: new Map(), isTold: false, hasKept: false },
        ...{ first: estimate, last: estimate, directNs: Number.NEGATIVE_INFINITY },
      }
      this.#all.push(pair)
      return pair
    })
  }

  #tell(pair: Pair, estimate: Estimate, beyond: Beyond): void {
    const { web, app } = pair
    const { ahead, way, isSure, timeNs, frames, likelyMs } = estimate
    const goesOn = beyond.count > IN_A_ROW
    pair.isTold = true
    this.#watch.observe({
      ...{ verdict: 'degraded', reason: 'clock', row: STATEMENT, source: web, destination: app },
      service: way === 'http_date' ? null : 'udp/123',
      confidence: way === 'direct' && isSure ? 'confirmed' : 'probable',
      ...{ proofs: 1, isGrave: isBeyond(ahead, HIGH_FACTOR * this.#limitMs), goesOn },
      title: `The clock of ${web.name} is ${aheadText(likelyMs)} that of ${app.name}`,
      fix: `Let ${web.name} and ${app.name} have the time from the same servers, and check on both that the time service runs and has been answered.`,
      expected: `clocks no more than ${msText(this.#limitMs)} apart (the document names no number)`,
      why: [howText(pair, estimate), ...this.#drift(pair)],
      ...{ firstNs: beyond.sinceNs, lastNs: timeNs, flows: [], frames },
    })
  }

  #drift({ web, app, first, last }: Pair): readonly string[] {
    const byTcp = this.#trendOf(web.name, app.name)
    const trend = byTcp ?? trendBetween(first, last)
    if (trend === null || trend.boundPpm > TREND_PPM_MAX) return []
    const by = byTcp === null ? 'From one measurement to the last' : 'By timestamps of TCP'
    return [`${by}, ${rateText(web, app, trend)}.`]
  }
}

function rateText(web: Placement, app: Placement, { ppm, boundPpm }: Trend): string {
  const bound = `${boundPpm.toFixed(1)} ppm`
  if (Math.abs(ppm) <= boundPpm) return `both clocks run alike within ${bound}`
  const how = `${Math.abs(ppm).toFixed(1)} ppm ${ppm < 0 ? 'slower' : 'faster'}`
  return `the clock of ${web.name} runs ${how} than that of ${app.name}, give or take ${bound}`
}

function howText({ web, app, count }: Pair, estimate: Estimate): string {
  const { way, likelyMs } = estimate
  const found = `${web.name} is ${aheadText(likelyMs)} ${app.name}, give or take ${msText(offBy(estimate))}`
  const times = `${count} measurements`
  if (way === 'direct') return `By NTP between the two, ${found}; ${times}.`
  if (way === 'indirect') return `By NTP of each with others, ${found}; ${times}.`
  return `By the dates of HTTP responses of both, ${found}; ${times}.`
}

function trendBetween(first: Estimate, last: Estimate): Trend | null {
  const spanNs = last.timeNs - first.timeNs
  if (spanNs < TREND_NS_MIN || first.way !== last.way) return null
  const perMs = 1e6 / (spanNs / 1e6)
  return {
    ppm: (last.likelyMs - first.likelyMs) * perMs,
    boundPpm: (offBy(last) + offBy(first)) * perMs,
  }
}

/** How far the likely value may be off. */
const offBy = ({ ahead, likelyMs }: Estimate): number =>
  Math.max(ahead.highMs - likelyMs, likelyMs - ahead.lowMs)

const apartText = (estimate: Estimate): string =>
  `${msText(estimate.likelyMs)} apart, give or take ${msText(offBy(estimate))}`

const limitOf = ({ limits }: Policy): number =>
  limits.find(({ metric }) => metric === 'clock_offset_ms')?.value ?? LIMIT_MS
