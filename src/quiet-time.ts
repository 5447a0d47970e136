// Seconds of capture time in which no packet comes, on a live interface: they are told once each, so that what is
// idle ends and what goes by the clock is concluded. The kernel's own clock stays where packets have put it.

import { CLOCK, STARTED, TICK } from './kernel/layout.ts'
import { getF64, getI32 } from './kernel/memory.ts'

const SECOND_NS = 1e9
/** A longer quiet is told by its last second alone, as a packet behind a gap would. */
const SECONDS_MAX = 100
/** As for packets: a step of more than an hour is not believed. */
const STEP_NS_MAX = 3600 * SECOND_NS

export class QuietTime {
  /** How far it was told, since the latest packet. */
  #toldNs = Number.NEGATIVE_INFINITY
  #untilNs = Number.NEGATIVE_INFINITY

  /** Packets have come. */
  end(): void {
    this.#toldNs = Number.NEGATIVE_INFINITY
    this.#untilNs = Number.NEGATIVE_INFINITY
  }

  /** Latest capture time that is known, by packets or without; null before the first packet. */
  get nowNs(): number | null {
    return getI32(STARTED) === 0 ? null : Math.max(getF64(CLOCK), this.#untilNs)
  }

  /** The whole seconds to be told, and the one before each. Nanoseconds since the run's epoch. */
  *until(ns: number): Generator<{ readonly fromNs: number; readonly toNs: number }> {
    const nowNs = this.nowNs
    if (nowNs === null || !(ns > nowNs) || ns - nowNs > STEP_NS_MAX) return
    this.#untilNs = ns
    const lastNs = Math.floor(ns / SECOND_NS) * SECOND_NS
    let fromNs = Math.max(getF64(TICK), this.#toldNs)
    if (lastNs - fromNs > SECONDS_MAX * SECOND_NS) {
      this.#toldNs = lastNs
      yield { fromNs, toNs: lastNs }
      return
    }
    while (fromNs < lastNs) {
      const toNs = fromNs + SECOND_NS
      this.#toldNs = toNs
      yield { fromNs, toNs }
      fromNs = toNs
    }
  }
}
