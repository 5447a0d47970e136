// Whether a child is alive. tcpdump is asked for its counts every second; the others are heard only through their
// packets, so they hang where the interface counts packets and none of them comes through.

import type { Child } from './child.ts'

const ASK_MS = 1000
const HUNG_MS = 10_000
/** A thread that was busy for so long has not listened either. */
const STALL_MS = 2000

export class Pulse {
  private readonly child: Child
  private readonly hasFilter: boolean
  private askedMs = 0
  private feltMs: number
  /** No earlier than this it could have been heard. */
  private signMs: number
  private counted: number | null = null

  /** With a filter, packets that the interface counts say nothing of those that should come. */
  constructor(child: Child, hasFilter: boolean) {
    this.child = child
    this.hasFilter = hasFilter
    this.feltMs = this.signMs = child.startedMs
  }

  /** Since when it has given no sign of life, where that is too long; `packets` is the interface's count. */
  feel(now: number, packets: number | null): number | null {
    const { child } = this
    if (now - this.feltMs > STALL_MS || child.intake.isFull) this.signMs = now
    this.feltMs = now
    if (now - this.askedMs >= ASK_MS) {
      this.askedMs = now
      child.ask()
    }
    const heardMs = this.heard(now, packets)
    return now - Math.max(heardMs, this.signMs) >= HUNG_MS ? heardMs : null
  }

  private heard(now: number, packets: number | null): number {
    const { answeredMs, command, intake } = this.child
    if (command.tool === 'tcpdump') return Math.max(answeredMs, intake.lastMs)
    const isQuiet = this.hasFilter || packets === null || packets === this.counted
    if (isQuiet || this.counted === null || intake.lastMs > this.signMs) {
      this.signMs = now
      this.counted = packets
    }
    return this.signMs
  }
}
