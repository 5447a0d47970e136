// S-07: the round trip between a Web Server and an Application Server. Every one is counted; a finding takes a
// breach that lasts, since a single excursion says little. Between other servers round trips are shown
// and never judged (F-10).

import type { Limit } from '../../model/policy.ts'
import type { Leg, RoundTrip, RoundTripMethod } from '../../model/quality.ts'
import type { Connection, Link } from '../../model/sighting.ts'
import { counted } from '../../model/text.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch, Watcher } from '../watcher.ts'
import { EndedFlows } from './ended-flows.ts'
import { Halves, type Whole } from './halves.ts'
import { LatencyRows } from './latency-rows.ts'
import { endOf, type Pair, type Path, Paths } from './paths.ts'
import { slowTrips } from './slow-trips.ts'
import { Tally } from './tally.ts'

const STATEMENT = 'S-07'
const MS = 1e6
/** Where the rules say nothing else. */
const DEFAULTS = { limitMs: 100, windowS: 60, samplesMin: 20, samples: 5, withinS: 60 }
/** A finding that nobody adds to for so long is over; what comes then is another case. */
const PAUSE_NS_MAX = 600e9
/** They answer by TCP itself, so that halves of them may be added. */
const OF_TCP: readonly RoundTripMethod[] = ['syn', 'seqack', 'tsopt']

const HALF =
  'Between Web Server and Application Server one half of the way was measured only: no handshake was seen, and data went one way.'
const NONE =
  'Connections between Web Server and Application Server were seen, and none of them showed a round trip: no handshake was seen whole, and no data that was acknowledged at once.'

/** What is remembered of two servers. */
class Way {
  readonly halves = new Halves()
  readonly ended = new EndedFlows()
  /** How many of them were shown with the breach. */
  shown = 0
  /** Times of the latest samples above the limit, no more than the rules ask for. */
  overs: number[] = []
  /** Since when the limit is exceeded by so many samples, as of this window; null where it is not. */
  sinceNs: number | null = null
  window = new Tally()
  /** The window before. */
  before = new Tally()
  /** All windows of a breach that goes on. */
  breach: Tally | null = null
  service = ''
}

export class Latency implements Watcher {
  readonly #watch: Watch
  readonly #limit: ReturnType<typeof limitOf>
  readonly #paths: Paths<Way>
  readonly #rows: LatencyRows
  #window = Number.NEGATIVE_INFINITY
  /** A connection of which the limit speaks was seen, one was measured, and one in both halves. */
  #hasLink = false
  #hasHalf = false
  #hasWhole = false

  constructor(watch: Watch) {
    this.#watch = watch
    const limit = watch.policy.limits.find(({ id }) => id === STATEMENT)
    this.#limit = limitOf(limit)
    this.#paths = new Paths(watch.policy, limit, () => new Way())
    this.#rows = new LatencyRows(row => watch.measure(row))
  }

  connected(connection: Connection): void {
    if (this.#hasLink || connection.transport !== 'tcp' || connection.isReset) return
    if (this.#paths.isLimited(connection)) this.#hasLink = true
  }

  roundTrip(link: Link, trip: RoundTrip): void {
    const path = this.#paths.of(link)
    if (path === null) return
    const { method, leg, ns, timeNs } = trip
    this.#show(path, method, leg, ns, timeNs)
    if (!OF_TCP.includes(method)) return
    const whole = wholeOf(path, link, trip)
    if (whole === null) return
    if (leg !== 'total' && whole.isWhole) this.#show(path, method, 'total', whole.ns, timeNs)
    if (path.isLimited) this.#judge(path, link, whole, method)
  }

  ended(judged: JudgedFlow): void {
    this.#paths.pairOf(judged)?.state.ended.add(judged)
  }

  tick(nowNs: number): void {
    this.#rows.tick(nowNs)
    const window = Math.floor(nowNs / this.#limit.windowNs)
    // A clock may be set back.
    if (window !== this.#window) this.#close(window)
  }

  quiet(nowNs: number): void {
    this.tick(nowNs)
  }

  finish(): void {
    this.#rows.finish()
    this.#close(Number.POSITIVE_INFINITY)
    const { missed } = this.#paths
    if (missed > 0)
      this.#watch.blind(
        STATEMENT,
        `${counted(missed, 'connection')} between too many pairs of servers were left out.`,
      )
    if (this.#hasLink && !this.#hasWhole) this.#watch.blind(STATEMENT, this.#hasHalf ? HALF : NONE)
  }

  #show(path: Path<Way>, method: RoundTripMethod, leg: Leg, ns: number, timeNs: number): void {
    const series = { pair: path.pair.tag, row: path.row, method, leg }
    this.#rows.add(series, path.isLimited ? this.#limit.ms : null, ns, timeNs)
  }

  #judge({ pair }: Path<Way>, link: Link, whole: Whole, method: RoundTripMethod): void {
    const isOver = whole.ns > this.#limit.ms * MS
    this.#hasHalf = true
    // Of half a way it is known at the most that the whole is too long.
    if (!whole.isWhole && !isOver) return
    if (whole.isWhole) this.#hasWhole = true
    const way = pair.state
    way.window.add(whole, method, isOver)
    if (isOver) this.#over(way, whole.timeNs, `${link.transport}/${link.serverPort}`)
  }

  #over(way: Way, timeNs: number, service: string): void {
    const { samples, withinNs } = this.#limit
    if (way.breach === null && way.sinceNs === null) way.service = service
    way.overs.push(timeNs)
    if (way.overs.length > samples) way.overs.shift()
    const [firstNs = timeNs] = way.overs
    if (way.overs.length === samples && timeNs - firstNs <= withinNs) way.sinceNs ??= firstNs
  }

  #close(next: number): void {
    for (const pair of this.#paths.pairs) this.#conclude(pair)
    this.#window = next
  }

  /** What a window comes to that is over. */
  #conclude(pair: Pair<Way>): void {
    const way = pair.state
    const { window, before, sinceNs } = way
    way.before = window
    if (window.n === 0) return
    way.window = new Tally()
    way.sinceNs = null
    if (sinceNs === null && !window.isHigh(this.#limit.samplesMin)) {
      way.breach = null
      if (window.known > 0) this.#watch.kept(STATEMENT, window.lastNs)
      return
    }
    const known = way.breach
    const goesOn = known !== null && window.firstNs - known.lastNs <= PAUSE_NS_MAX
    if (!goesOn && sinceNs !== null && sinceNs < window.firstNs) window.merge(before)
    if (goesOn) window.merge(known)
    way.breach = window
    const flows = way.ended.after(goesOn ? way.shown : 0, window.firstNs)
    way.shown = way.ended.count
    this.#watch.observe({
      ...{ ...slowTrips(this.#watch, pair.ends, window, this.#limit.ms), goesOn, isRetold: goesOn },
      ...{ row: STATEMENT, service: way.service, flows },
    })
  }
}

function wholeOf(
  path: Path<Way>,
  link: Link,
  { method, leg, ns, timeNs }: RoundTrip,
): Whole | null {
  const { halves } = path.pair.state
  if (leg === 'total') return halves.whole(ns, timeNs)
  const end = endOf(path, link, leg)
  if (method !== 'syn') return halves.measured(end, ns, timeNs)
  halves.shook(end, ns, timeNs)
  return null
}

function limitOf(limit: Limit | undefined) {
  const { limitMs, windowS, samplesMin, samples, withinS } = DEFAULTS
  const sustain = limit?.sustain
  const isBySamples = sustain !== undefined && 'samples' in sustain
  return {
    ms: limit?.value ?? limitMs,
    windowNs: (limit?.windowS ?? windowS) * 1e9,
    samplesMin: limit?.samplesMin ?? samplesMin,
    samples: isBySamples ? sustain.samples : samples,
    withinNs: (isBySamples ? sustain.withinS : withinS) * 1e9,
  }
}
