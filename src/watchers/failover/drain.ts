// F-11: how fast a backlog drains. Only a sender that has more to send than it may shows what the link can do:
// something is unacknowledged all the while, and its segments are full.

import type { WatchedPacket } from '../../model/sighting.ts'
import { outstanding, type Side, type Step } from '../connections/followed.ts'

/** A full segment is at least this long. */
const FULL_BYTES_MIN = 1200
const FULL_SHARE_MIN = 0.9
/** Less than this drains out of buffers, and says nothing of the link. */
const BACKLOG_BYTES_MIN = 16_384
const LASTING_NS_MIN = 5e9
/** Without an acknowledgement for so long, the other end is away and the link is not slow. */
const STALL_NS_MIN = 3e9

/** What a backlog showed. */
export interface Drained {
  readonly bytes: number
  readonly firstNs: number
  readonly lastNs: number
  readonly kbps: number
  /** The sender was held up by the link or the receiver, and by nothing of its own. */
  readonly isBacklog: boolean
}

/** One side's data while any of it is unacknowledged. */
export class Drain {
  #isOpen = false
  #isStalled = false
  #firstNs = 0
  #ackNs = 0
  #bytes = 0
  #fullBytes = 0

  /** The side sent new payload. */
  sent({ timeNs, payloadBytes }: WatchedPacket, { from, newBytes, outstandingBefore }: Step): void {
    if (!this.#isOpen || outstandingBefore === 0) {
      this.#isOpen = true
      this.#isStalled = false
      this.#firstNs = this.#ackNs = timeNs
      this.#bytes = this.#fullBytes = 0
    }
    this.#bytes += newBytes
    if (payloadBytes >= Math.max(FULL_BYTES_MIN, from.largestBytes)) this.#fullBytes += newBytes
  }

  /** The other end acknowledged some of it; what drained, once nothing is left. */
  acknowledged(side: Side, ns: number): Drained | null {
    if (!this.#isOpen) return null
    if (ns - this.#ackNs >= STALL_NS_MIN) this.#isStalled = true
    this.#ackNs = ns
    return outstanding(side) === 0 ? this.end(side) : null
  }

  /** What drained until now; nothing of the side is followed any further. */
  end(side: Side): Drained | null {
    if (!this.#isOpen) return null
    this.#isOpen = false
    const bytes = this.#bytes - outstanding(side)
    const passedNs = this.#ackNs - this.#firstNs
    if (this.#isStalled || bytes < BACKLOG_BYTES_MIN || passedNs <= 0) return null
    const isBacklog = this.#fullBytes >= FULL_SHARE_MIN * this.#bytes && passedNs >= LASTING_NS_MIN
    const kbps = (bytes * 8e6) / passedNs
    return { bytes, firstNs: this.#firstNs, lastNs: this.#ackNs, kbps, isBacklog }
  }
}
