// Whether a session speaks evenly, and when it misses a beat. What is learnt is the time from one exchange to
// the next, from eight of them that differ by a tenth at the most.

const BEATS_MIN = 8
const TOLERANCE = 0.1
/** What follows sooner belongs to the same exchange. */
const EXCHANGE_NS = 1e9
/** A gap, in periods; a longer one is a session that has nothing to say. */
const [GAP_MIN, GAP_MAX] = [2.5, 10]

/** What the sensor has listened is known to the second. */
const SECOND_NS = 1e9

export interface Gap {
  readonly fromNs: number
  readonly toNs: number
  readonly periodNs: number
}

export class Pulse {
  #lastDataNs = Number.NEGATIVE_INFINITY
  #beginNs = Number.NEGATIVE_INFINITY
  #listenedNs = 0
  #periodNs = 0
  #beats = 0

  /** The gap that data at this time ends, null where there is none; `listenedNs` is what the sensor has listened. */
  take(timeNs: number, listenedNs: number): Gap | null {
    const quietNs = timeNs - this.#lastDataNs
    this.#lastDataNs = timeNs
    if (quietNs < EXCHANGE_NS) return null
    const fromNs = this.#beginNs
    const passedNs = timeNs - fromNs
    const unheardNs = passedNs - (listenedNs - this.#listenedNs)
    this.#beginNs = timeNs
    this.#listenedNs = listenedNs
    const periodNs = this.#periodNs
    if (this.#isGap(passedNs) && unheardNs < periodNs + SECOND_NS)
      return { fromNs, toNs: timeNs, periodNs }
    this.#learn(passedNs)
    return null
  }

  #isGap(passedNs: number): boolean {
    if (this.#beats < BEATS_MIN) return false
    const periods = passedNs / this.#periodNs
    return periods >= GAP_MIN && periods <= GAP_MAX
  }

  #learn(passedNs: number): void {
    if (Math.abs(passedNs - this.#periodNs) <= TOLERANCE * this.#periodNs) {
      this.#beats += 1
      this.#periodNs += (passedNs - this.#periodNs) / BEATS_MIN
      return
    }
    const isFirst = !Number.isFinite(passedNs)
    this.#periodNs = isFirst ? 0 : passedNs
    this.#beats = isFirst ? 0 : 1
  }
}
