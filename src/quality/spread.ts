// A small sketch of how round trips are spread, for the points of a series: four bins to an octave, so that a
// quantile is within 10 % of the true one, and exact where all values are equal. 400 bytes each.

const BINS = 96
/** Nanoseconds; below it all is one bin, and the last bin begins 24 octaves above. */
const FLOOR_NS = 20_000
const PER_OCTAVE = 4

export class Spread {
  readonly #bins = new Uint32Array(BINS)
  n = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0

  /** Nanoseconds. */
  add(ns: number): void {
    const bin = binOf(ns)
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1
    this.n++
    if (ns < this.#min) this.#min = ns
    if (ns > this.#max) this.#max = ns
  }

  merge(other: Spread): void {
    for (const [bin, count] of other.#bins.entries())
      this.#bins[bin] = (this.#bins[bin] ?? 0) + count
    this.n += other.n
    if (other.#min < this.#min) this.#min = other.#min
    if (other.#max > this.#max) this.#max = other.#max
  }

  /** The value that so large a share is not above, by nearest rank; nanoseconds, 0 of no values. */
  quantile(share: number): number {
    if (this.n === 0) return 0
    let left = Math.ceil(share * this.n)
    for (let bin = 0; bin < BINS; bin++) {
      left -= this.#bins[bin] ?? 0
      if (left <= 0) return Math.min(this.#max, Math.max(this.#min, middleOf(bin)))
    }
    return this.#max
  }
}

function binOf(ns: number): number {
  if (ns < FLOOR_NS) return 0
  return Math.min(BINS - 1, 1 + Math.floor(PER_OCTAVE * Math.log2(ns / FLOOR_NS)))
}

const middleOf = (bin: number): number =>
  bin === 0 ? FLOOR_NS / 2 : FLOOR_NS * 2 ** ((bin - 0.5) / PER_OCTAVE)
