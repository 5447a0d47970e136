// The books of one interface, L1: everything that its children took in was handed on, or dropped by the kernel, or
// left behind in a child. What is still on its way counts nowhere yet, so that the sum holds at every moment.

import type { LinkCounts } from './link-state.ts'
import { grownTo, type Totals } from './words.ts'

/** What was known of a child when it was gone. */
export interface Closing {
  /** Its own counts at its end; null where it was killed. */
  readonly last: Totals | null
  /** They tell also of what the kernel still had for it; those of dumpcap do not. */
  readonly isLastWhole: boolean
  /** Its own counts when it was asked last, and what the interface had counted then. */
  readonly running: Totals | null
  /** What came through to us. */
  readonly walked: number
  /** What the interface has counted since `running`; null where a filter or a new interface makes it useless. */
  readonly since: number | null
}

export class Books {
  helperDropped = 0
  interfaceDropped = 0
  /** Of children, the present one with them. */
  starts = 0
  private closedDropped = 0
  private openDropped = 0
  private counts: LinkCounts | null = null

  get kernelDropped(): number {
    return this.closedDropped + this.openDropped
  }

  get restarts(): number {
    return Math.max(0, this.starts - 1)
  }

  /** The present child has told its counts. */
  running({ dropped }: Totals): void {
    this.openDropped = dropped
  }

  /**
   * The present child is gone. Its own counts at its end are exact. Without them the interface's counter tells
   * about how many packets it took in after it was asked last, and without that nobody knows: then the least
   * that can be is booked. Returns how many packets the child left behind.
   */
  close({ last, isLastWhole, running, walked, since }: Closing): number {
    const dropped = (last ?? running)?.dropped ?? 0
    const least = dropped + walked
    const told = last === null ? least : grownTo(least, last.received)
    const guessed = since === null || isLastWhole ? told : (running?.received ?? 0) + since
    const received = Math.max(told, guessed)
    const packets = received - least
    this.closedDropped += dropped
    this.openDropped = 0
    this.helperDropped += packets
    return packets
  }

  /** What the interface itself has dropped since it was looked at last; its counters begin anew with it. */
  look(counts: LinkCounts | null): void {
    const before = this.counts
    this.counts = counts
    if (counts === null || before === null || counts.dropped < before.dropped) return
    this.interfaceDropped += counts.dropped - before.dropped
  }
}
