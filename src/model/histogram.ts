// How round trips are spread, in bounded memory: bins that are a fixed share of their value wide, so that any
// quantile is known to within that share, and to the nanosecond where a bin holds equal values.

import { type Distribution, NO_VALUES } from './quality.ts'

/** Bins of two servers; each costs 24 bytes. */
export const PAIR_BINS = 512
/** How much wider than its lower end a bin is, before bins are joined. */
const WIDTH = 1.005
const LOG_WIDTH = Math.log(WIDTH)
const MS = 1e6

export class Histogram {
  readonly #binsMax: number
  /** Bins in use by their values: which, how many values, and their sum. */
  #keys: number[] = []
  #counts: number[] = []
  #sums: number[] = []
  /** How often bins were joined in pairs. */
  #joined = 0
  #n = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0

  /** `binsMax` is how many bins may be in use before they are joined in pairs. */
  constructor(binsMax: number) {
    this.#binsMax = binsMax
  }

  /** How many values there are. */
  get n(): number {
    return this.#n
  }

  /** How far a quantile may be off, as a share of its value. */
  get errorShare(): number {
    return WIDTH ** (2 ** this.#joined) - 1
  }

  /** Adds a value in nanoseconds; what is below zero is none. */
  add(ns: number): void {
    if (!(ns >= 0)) return
    this.#note(1, ns, ns)
    this.#put(Math.floor(Math.log(Math.max(ns, 1)) / LOG_WIDTH) >> this.#joined, 1, ns)
  }

  /** Adds the values of another one. */
  merge(other: Histogram): void {
    if (other.#n === 0) return
    while (this.#joined < other.#joined) this.#join()
    this.#note(other.#n, other.#min, other.#max)
    const [keys, counts, sums] = [[...other.#keys], [...other.#counts], [...other.#sums]]
    const joined = other.#joined
    for (const [index, key] of keys.entries())
      this.#put(key >> (this.#joined - joined), counts[index] ?? 0, sums[index] ?? 0)
  }

  /** In milliseconds; quantiles are of the nearest rank. */
  distribution(): Distribution {
    if (this.#n === 0) return NO_VALUES
    return {
      n: this.#n,
      min: this.#min / MS,
      p50: this.#quantile(0.5) / MS,
      p95: this.#quantile(0.95) / MS,
      p99: this.#quantile(0.99) / MS,
      max: this.#max / MS,
    }
  }

  #note(values: number, min: number, max: number): void {
    this.#n += values
    this.#min = Math.min(this.#min, min)
    this.#max = Math.max(this.#max, max)
  }

  #put(key: number, count: number, sum: number): void {
    const index = this.#placeOf(key)
    if (this.#keys[index] === key) {
      this.#counts[index] = (this.#counts[index] ?? 0) + count
      this.#sums[index] = (this.#sums[index] ?? 0) + sum
      return
    }
    this.#keys.splice(index, 0, key)
    this.#counts.splice(index, 0, count)
    this.#sums.splice(index, 0, sum)
    while (this.#keys.length > this.#binsMax) this.#join()
  }

  /** Where the key is, or would be. */
  #placeOf(key: number): number {
    let [from, to] = [0, this.#keys.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#keys[middle] ?? 0) < key) from = middle + 1
      else to = middle
    }
    return from
  }

  /** Joins bins in pairs, so that each is twice as wide. */
  #join(): void {
    const [keys, counts, sums] = [this.#keys, this.#counts, this.#sums]
    this.#joined++
    this.#keys = []
    this.#counts = []
    this.#sums = []
    for (const [index, key] of keys.entries()) {
      const last = this.#keys.length - 1
      const [count, sum] = [counts[index] ?? 0, sums[index] ?? 0]
      if (last >= 0 && this.#keys[last] === key >> 1) {
        this.#counts[last] = (this.#counts[last] ?? 0) + count
        this.#sums[last] = (this.#sums[last] ?? 0) + sum
        continue
      }
      this.#keys.push(key >> 1)
      this.#counts.push(count)
      this.#sums.push(sum)
    }
  }

  /** The mean of the bin in which the value of that rank lies, which is between the least and the largest value. */
  #quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#n))
    let passed = 0
    for (const [index, count] of this.#counts.entries()) {
      passed += count
      if (passed >= rank) return (this.#sums[index] ?? 0) / count
    }
    return this.#max
  }
}
