// Time that passes without packets. It goes on from the last packet by the monotonic clock, two seconds behind, so
// that packets that are still on the way are not late. No jump of the wall clock moves it.

/** Longer than a packet can take from its capture to here. */
const BEHIND_MS = 2000
const EVERY_MS = 1000

export class QuietClock {
  private lastNs = Number.NaN
  private arrivedMs = Number.NaN
  private toldMs = 0

  /** Packets were handed on, of which the last was captured then, and came at `arrivedMs` of the monotonic clock. */
  packets(lastNs: number, arrivedMs: number): void {
    this.lastNs = lastNs
    this.arrivedMs = arrivedMs
  }

  /**
   * Nanoseconds since the epoch of the run to which time has passed, by `now` of the monotonic clock and `speed`
   * seconds in one; null where that was just told, and before the first packet.
   */
  until(now: number, speed = 1): number | null {
    const quietMs = now - this.arrivedMs
    if (!(quietMs > BEHIND_MS) || now - this.toldMs < EVERY_MS) return null
    this.toldMs = now
    return this.lastNs + Math.round((quietMs - BEHIND_MS) * speed * 1e6)
  }
}
