// Round trips between two servers while some time passed, against their limit.

import { Histogram, PAIR_BINS } from '../../model/histogram.ts'
import type { RoundTripMethod } from '../../model/quality.ts'
import type { Whole } from './halves.ts'

/** The quantile by which a window is judged. */
const HIGH = 0.95

export class Tally {
  readonly spread = new Histogram(PAIR_BINS)
  readonly methods = new Map<RoundTripMethod, number>()
  /** Those that are known whole, or by a half that is too long already. */
  n = 0
  /** Those that are known whole. */
  known = 0
  over = 0
  firstNs = Number.POSITIVE_INFINITY
  lastNs = Number.NEGATIVE_INFINITY
  /** Between the sensor and each end, of those above the limit. */
  readonly slow: readonly [Mean, Mean] = [new Mean(), new Mean()]

  add({ ns, isWhole, halves, timeNs }: Whole, method: RoundTripMethod, isOver: boolean): void {
    this.n += 1
    if (isWhole) this.known += 1
    this.spread.add(ns)
    this.methods.set(method, (this.methods.get(method) ?? 0) + 1)
    this.firstNs = Math.min(this.firstNs, timeNs)
    this.lastNs = Math.max(this.lastNs, timeNs)
    if (!isOver) return
    this.over += 1
    for (const end of [0, 1] as const) this.slow[end].add(halves[end])
  }

  /** Takes in what came before. */
  merge(other: Tally): void {
    this.n += other.n
    this.known += other.known
    this.over += other.over
    this.spread.merge(other.spread)
    for (const [method, count] of other.methods)
      this.methods.set(method, (this.methods.get(method) ?? 0) + count)
    this.firstNs = Math.min(this.firstNs, other.firstNs)
    this.lastNs = Math.max(this.lastNs, other.lastNs)
    for (const end of [0, 1] as const) this.slow[end].merge(other.slow[end])
  }

  /** The 95th percentile, by nearest rank, lies above the limit. */
  isHigh(samplesMin: number): boolean {
    return this.n >= samplesMin && this.n - this.over < Math.ceil(HIGH * this.n)
  }
}

/** Of values that may be unknown. */
class Mean {
  #n = 0
  #sum = 0

  add(value: number | null): void {
    if (value === null) return
    this.#n += 1
    this.#sum += value
  }

  merge(other: Mean): void {
    this.#n += other.#n
    this.#sum += other.#sum
  }

  /** Null where nothing is known. */
  get value(): number | null {
    return this.#n === 0 ? null : this.#sum / this.#n
  }
}
