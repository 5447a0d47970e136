// The heartbeat of F-08, learnt: small exchanges of about the same size that follow one another after sixty
// seconds, a tenth more or less, with none like them in between.

const PERIOD_NS = 60e9
const TOLERANCE_NS = 0.1 * PERIOD_NS
/** Beats in a row that make a heartbeat, and prove that it can be heard here. */
const BEATS_MIN = 3
/** Exchanges that are remembered. */
const KEPT_MAX = 16
const SIZE_TOLERANCE = 0.25
const SIZE_TOLERANCE_BYTES = 32

interface Beat {
  readonly ns: number
  readonly bytes: number
  /** How many in a row end here, and when the first of them was. */
  readonly row: number
  readonly sinceNs: number
}

export class Rhythm {
  readonly service: string
  readonly #kept: Beat[] = []
  #proven: Beat | null = null
  /** When both ends were last heard, whatever they said, and what `Listening` said then. */
  lastNs = Number.NEGATIVE_INFINITY
  listenedNs = 0
  /** The latest packet of an exchange of both, for the time series; the times above go by seconds. */
  heardNs = Number.NEGATIVE_INFINITY

  constructor(service: string) {
    this.service = service
  }

  get isProven(): boolean {
    return this.#proven !== null
  }

  /** Beats of the row at hand. */
  get beats(): number {
    return this.#proven?.row ?? 0
  }

  get periodNs(): number {
    const { row, ns, sinceNs } = this.#proven ?? { row: 2, ns: PERIOD_NS, sinceNs: 0 }
    return (ns - sinceNs) / (row - 1)
  }

  /** A small exchange began at this time; whether it is a beat of a heartbeat. */
  beat(ns: number, bytes: number): boolean {
    const before = this.#before(ns, bytes)
    const beat: Beat = {
      ...{ ns, bytes },
      row: (before?.row ?? 0) + 1,
      sinceNs: before?.sinceNs ?? ns,
    }
    this.#kept.push(beat)
    if (this.#kept.length > KEPT_MAX) this.#kept.shift()
    if (beat.row < BEATS_MIN) return false
    this.#proven = beat
    return true
  }

  /** The latest exchange of about this size, if it is one period ago. */
  #before(ns: number, bytes: number): Beat | undefined {
    const latest = this.#kept.findLast(kept => isLike(kept.bytes, bytes))
    if (latest === undefined) return undefined
    return Math.abs(ns - latest.ns - PERIOD_NS) <= TOLERANCE_NS ? latest : undefined
  }
}

const isLike = (one: number, other: number): boolean =>
  Math.abs(one - other) <= Math.max(SIZE_TOLERANCE_BYTES, SIZE_TOLERANCE * Math.max(one, other))
