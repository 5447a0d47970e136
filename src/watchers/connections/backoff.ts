// Retransmission time-outs of one sender (RFC 6298, 5.5): each time the same data is sent again, it is after
// twice the time.

import type { WatchedPacket } from '../../model/sighting.ts'
import type { Step } from './followed.ts'

/** Doublings that make a burst of time-outs. */
const DOUBLINGS_MIN = 3
/** What counts as twice: clocks of stacks are coarse. */
const [RATIO_MIN, RATIO_MAX] = [1.6, 2.5]

export class Backoff {
  #sequence = -1
  #lastNs = 0
  #gapNs = 0
  #doublings = 0
  /** When the data of the burst was first sent, as far as that is known. */
  firstNs = 0

  /** Whether this packet completes a burst. Later ones of the same data do not. */
  isBurst({ timeNs, tcp }: WatchedPacket, step: Step): boolean {
    if (tcp === null || (step.newBytes === 0 && !step.isRepeated)) return false
    // What is sent while something is outstanding is not what will be sent again first.
    if (!step.isRepeated) {
      if (step.outstandingBefore === 0) this.#begin(tcp.sequence, timeNs)
      return false
    }
    if (tcp.sequence !== this.#sequence) {
      this.#begin(tcp.sequence, timeNs)
      return false
    }
    const gapNs = timeNs - this.#lastNs
    const ratio = gapNs / this.#gapNs
    const isDoubled = this.#gapNs > 0 && ratio >= RATIO_MIN && ratio <= RATIO_MAX
    if (isDoubled) this.#doublings += 1
    this.#gapNs = gapNs
    this.#lastNs = timeNs
    return isDoubled && this.#doublings === DOUBLINGS_MIN
  }

  #begin(sequence: number, timeNs: number): void {
    this.#sequence = sequence
    this.firstNs = this.#lastNs = timeNs
    this.#gapNs = this.#doublings = 0
  }
}
