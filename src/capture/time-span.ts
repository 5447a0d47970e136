// The earliest and the latest of many points in time, exact to the nanosecond. Order does not matter:
// packets of a capture may go back in time.

import type { Instant } from '../model/chunk.ts'

const NANOS_PER_SECOND = 1_000_000_000

export class TimeSpan {
  // Numbers and not instants, so that taking in a packet allocates nothing.
  private firstSeconds = Number.POSITIVE_INFINITY
  private firstNanos = 0
  private lastSeconds = Number.NEGATIVE_INFINITY
  private lastNanos = 0

  /** Takes in one point. `nanos` may be a second or more: some writers let the fraction run over. */
  add(seconds: number, nanos: number): void {
    if (nanos >= NANOS_PER_SECOND) {
      const carry = instantOf(seconds, nanos)
      this.add(carry.seconds, carry.nanos)
      return
    }
    if (seconds < this.firstSeconds || (seconds === this.firstSeconds && nanos < this.firstNanos)) {
      this.firstSeconds = seconds
      this.firstNanos = nanos
    }
    if (seconds > this.lastSeconds || (seconds === this.lastSeconds && nanos > this.lastNanos)) {
      this.lastSeconds = seconds
      this.lastNanos = nanos
    }
  }

  /** Null before the first point. */
  get first(): Instant | null {
    return this.isEmpty ? null : { seconds: this.firstSeconds, nanos: this.firstNanos }
  }

  get last(): Instant | null {
    return this.isEmpty ? null : { seconds: this.lastSeconds, nanos: this.lastNanos }
  }

  private get isEmpty(): boolean {
    return this.firstSeconds === Number.POSITIVE_INFINITY
  }
}

/** The point that many milliseconds later, or earlier. */
export function laterBy(milliseconds: number, { seconds, nanos }: Instant): Instant {
  const wholeSeconds = Math.floor(milliseconds / 1000)
  const rest = Math.round((milliseconds - wholeSeconds * 1000) * 1e6)
  return instantOf(seconds + wholeSeconds, nanos + rest)
}

/** A point in time from seconds and any number of nanoseconds, whole seconds carried over. */
function instantOf(seconds: number, nanos: number): Instant {
  const carry = Math.floor(nanos / NANOS_PER_SECOND)
  return { seconds: seconds + carry, nanos: nanos - carry * NANOS_PER_SECOND }
}

/** Negative, zero or positive, as the first point is before, at or after the second. */
export function compareInstants(left: Instant, right: Instant): number {
  return left.seconds - right.seconds || left.nanos - right.nanos
}
