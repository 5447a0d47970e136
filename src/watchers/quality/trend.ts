// How much faster one end of a connection counts than the other, by the timestamps of TCP (RFC 7323, 3): each
// end's clock ticks at a rate of its own, and what the sensor's clock gains or loses is the same for both.

import type { Side } from '../../model/quality.ts'

/** Parts in a million, with how far they may be off. */
export interface Trend {
  readonly ppm: number
  readonly boundPpm: number
}

interface Tick {
  /** Since the first one, round 2^32 as often as it takes. */
  readonly ticks: number
  readonly timeNs: number
}

const TICKS_MAX = 64
const SPAN_NS_MIN = 60e9
/** Ticks of a second in the stacks that people run. */
const RATES_HZ = [1000, 250, 100, 1024, 200, 64, 10, 2, 1_000_000]
/** No clock is so wrong, and no two rates lie so near. */
const RATE_ERROR_MAX = 0.005
const PPM = 1e6
const NS_PER_SECOND = 1e9

/** The timestamps of one end, evenly spread over the connection. */
class Ticks {
  #kept: Tick[] = []
  #last: { readonly timestamp: number; readonly tick: Tick } | null = null
  /** One of so many is kept. */
  #every = 1
  #seen = 0

  add(timestamp: number, timeNs: number): void {
    const before = this.#last
    const gained = before === null ? 0 : (timestamp - before.timestamp) | 0
    // A timestamp that goes back is that of a segment sent again, or out of order.
    if (before !== null && (gained < 0 || timeNs <= before.tick.timeNs)) return
    const tick = { ticks: (before?.tick.ticks ?? 0) + gained, timeNs }
    this.#last = { timestamp, tick }
    if (this.#seen++ % this.#every !== 0) return
    this.#kept.push(tick)
    if (this.#kept.length < TICKS_MAX) return
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0)
    this.#every *= 2
  }

  /** How fast it ticks beside its nominal rate, against the sensor's clock; null where that cannot be told. */
  rate(): Trend | null {
    const kept = this.#kept
    const [first, last] = [kept[0], kept.at(-1)]
    if (first === undefined || last === undefined || kept.length < 4) return null
    const spanNs = last.timeNs - first.timeNs
    if (spanNs < SPAN_NS_MIN) return null
    const hz = ((last.ticks - first.ticks) * NS_PER_SECOND) / spanNs
    const nominal = RATES_HZ.find(one => Math.abs(hz / one - 1) <= RATE_ERROR_MAX)
    if (nominal === undefined) return null
    const aheadNs = ({ ticks, timeNs }: Tick): number =>
      (ticks * NS_PER_SECOND) / nominal - (timeNs - first.timeNs)
    return slopeOf(
      kept.map(tick => ({ atNs: tick.timeNs, aheadNs: aheadNs(tick) })),
      NS_PER_SECOND / nominal,
    )
  }
}

interface Point {
  readonly atNs: number
  readonly aheadNs: number
}

/**
 * From the point of the first third with the shortest way to the sensor, which is the one furthest ahead, to
 * that of the last third. Each may be off by a tick, and by as much as the ways of its third differ.
 */
function slopeOf(points: readonly Point[], tickNs: number): Trend | null {
  const third = Math.ceil(points.length / 3)
  const thirds = [points.slice(0, third), points.slice(-third)] as const
  const [one, other] = [furthest(thirds[0]), furthest(thirds[1])]
  if (one === undefined || other === undefined || one === other) return null
  const spanNs = other.atNs - one.atNs
  const slope = (other.aheadNs - one.aheadNs) / spanNs
  const offNs = 2 * tickNs + spreadNs(thirds[0], slope) + spreadNs(thirds[1], slope)
  return { ppm: slope * PPM, boundPpm: (offNs / spanNs) * PPM }
}

const furthest = (points: readonly Point[]): Point | undefined =>
  points.toSorted((one, other) => other.aheadNs - one.aheadNs)[0]

function spreadNs(points: readonly Point[], slope: number): number {
  const rests = points.map(({ atNs, aheadNs }) => aheadNs - slope * atNs)
  return Math.max(...rests) - Math.min(...rests)
}

/** Both ends of one connection. */
export class Timestamps {
  readonly #client = new Ticks()
  readonly #server = new Ticks()

  add(from: Side, timestamp: number, timeNs: number): void {
    const ticks = from === 'client' ? this.#client : this.#server
    ticks.add(timestamp, timeNs)
  }

  /** What the client's clock gains on the server's; null where a minute of both was not seen. */
  trend(): Trend | null {
    const [client, server] = [this.#client.rate(), this.#server.rate()]
    if (client === null || server === null) return null
    return { ppm: client.ppm - server.ppm, boundPpm: client.boundPpm + server.boundPpm }
  }
}
