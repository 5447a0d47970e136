// Whether so many packets are dropped that what is measured says nothing of the network: faults.md F16. Looks at
// windows of ten seconds, one after the other.

const DROP_WINDOW_MS = 10_000
const SHARE_MIN = 0.001

interface Sample {
  /** Of the monotonic clock. */
  readonly atMs: number
  readonly received: number
  /** By the kernel and by the interface. */
  readonly dropped: number
}

export interface DropWindow {
  readonly fromMs: number
  readonly isBad: boolean
  readonly dropped: number
  readonly received: number
}

export class DropWatch {
  private first: Sample

  /** All counts begin at 0 with a child. */
  constructor(atMs: number) {
    this.first = { atMs, received: 0, dropped: 0 }
  }

  /** The window that is complete with this sample, or with the child's end; null while it goes on. */
  take(sample: Sample, isLast = false): DropWindow | null {
    const { first } = this
    if (!isLast && sample.atMs - first.atMs < DROP_WINDOW_MS) return null
    this.first = sample
    const dropped = sample.dropped - first.dropped
    const received = sample.received - first.received
    const isBad = dropped > 0 && dropped >= SHARE_MIN * received
    return { fromMs: first.atMs, isBad, dropped, received }
  }
}
