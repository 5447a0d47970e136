// Windows of a time series that says how things stand: whole multiples of their length in Unix time. One in which
// no packet was heard at all is left out, since nobody knows what went on in it.

import type { Span } from './quality.ts'

const SECOND_NS = 1e9

export interface HeardWindowsOptions {
  readonly seconds: number
  /** Unix time of the run's epoch in whole seconds; asked for when it is known. */
  readonly epochSeconds: () => number
  /** A window begins in which something was heard; nanoseconds since the run's epoch. */
  readonly begin?: (fromNs: number) => void
  /** It is over; the last one of a run may end early. Nanoseconds since the run's epoch. */
  readonly end: (window: Span) => void
}

export class HeardWindows {
  readonly #options: HeardWindowsOptions
  readonly #lengthNs: number
  /** Null where nothing was heard since the latest window ended. */
  #fromNs: number | null = null
  #hasBegun = false

  constructor(options: HeardWindowsOptions) {
    this.#options = options
    this.#lengthNs = options.seconds * SECOND_NS
  }

  /** A second of capture time is over, and a packet has come. */
  tick(nowNs: number): void {
    if (!this.#hasBegun) this.#begin(this.#startOf(nowNs - SECOND_NS))
    const fromNs = this.#startOf(nowNs)
    // A clock may be set back.
    if (fromNs === this.#fromNs) return
    this.#end(Number.POSITIVE_INFINITY)
    this.#begin(fromNs)
  }

  /** A second without packets is over. */
  quiet(nowNs: number): void {
    if (this.#fromNs !== null && nowNs >= this.#fromNs + this.#lengthNs) this.#end(nowNs)
  }

  /** The capture is over. */
  finish(nowNs: number): void {
    this.#end(nowNs)
  }

  #begin(fromNs: number): void {
    this.#hasBegun = true
    this.#fromNs = fromNs
    this.#options.begin?.(fromNs)
  }

  #end(nowNs: number): void {
    const fromNs = this.#fromNs
    this.#fromNs = null
    if (fromNs !== null)
      this.#options.end({ fromNs, toNs: Math.min(nowNs, fromNs + this.#lengthNs) })
  }

  /** Doubles hold the products exactly, since epoch and ticks are whole seconds. */
  #startOf(ns: number): number {
    const offsetNs = (this.#options.epochSeconds() % this.#options.seconds) * SECOND_NS
    return Math.floor((ns + offsetNs) / this.#lengthNs) * this.#lengthNs - offsetNs
  }
}
