// What a run is told: time, rules, what is measured, and by which kernel.

import type { Compliance } from './compliance.ts'
import type { PortKnowledge } from './flows/direction.ts'
import type { Kernel } from './kernel/compiled.ts'
import type { KernelOptions } from './kernel/session.ts'
import type { MeasureListener } from './model/quality.ts'

export interface MonitorOptions extends KernelOptions {
  readonly ports: PortKnowledge
  /** Unix time in seconds, fractions allowed: packets outside are filtered. Both ends are inside. */
  readonly fromSeconds: number
  readonly toSeconds: number
  /** Site, policy and everything that judges; null for a flow count. */
  readonly compliance: Compliance | null
  /** Judges every record too, for a comparison: by rules, ports and evidence of its own. */
  readonly second?: Compliance | null
  /** Hears what is measured, besides compliance: of all flows, or of those of MeetingPlace where that judges. */
  readonly quality?: MeasureListener | null
  /** Whether batches shall have what was measured of each TCP connection; they do unless told otherwise. */
  readonly withConnections?: boolean
  /** Tells findings while the flow goes on that will open them, as far as nothing can change that. */
  readonly early?: boolean
  /**
   * Packets have the time at which they came to this program, and not that of their capture: nothing is measured
   * by it. What is lost is told by numbers, and goes on.
   */
  readonly timedOnArrival?: boolean
  /** A sensor that loses one of two directions is looked for, as on a live interface. */
  readonly looksForOneWay?: boolean
  /** The compiled one unless told; the results are the same. */
  readonly kernel?: Kernel
}
