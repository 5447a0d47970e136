// Something that no flow says alone: about rows, pairs, nodes or the site. Watchers make them, findings
// count them.

import type { PacketRef } from './flow.ts'
import type { Placement } from './inventory.ts'
import type { Confidence, JudgedFlow } from './verdict.ts'

/** A packet that proves something, and what it says. Nothing in `says` comes from a packet but addresses and numbers. */
export interface Frame {
  readonly timeNs: number
  readonly packet: PacketRef
  readonly says: string
}

export interface Observation {
  /** `event` is what people want to know and nothing is wrong with: a failover, another mode. */
  readonly verdict: 'missing' | 'degraded' | 'topology' | 'advisory' | 'event'
  /** One word from a closed set, such as `split_brain`. */
  readonly reason: string
  /** The row or statement that is concerned. */
  readonly row: string
  readonly source: Placement
  /** The same as `source` where one node alone is meant. */
  readonly destination: Placement
  /** `tcp/5003`; null where no port is meant. */
  readonly service: string | null
  readonly confidence: Confidence
  /** Proofs that do not rest on one another: two of them raise a `topology` finding. */
  readonly proofs: number
  /** What happened, in one sentence without its full stop. */
  readonly title: string
  /** What to do about it, in whole sentences. */
  readonly fix: string
  /** What would have been right, e.g. `web -> app tcp/5003, or the other way round`. */
  readonly expected: string
  /** One sentence each, in the order in which it happened. */
  readonly why: readonly string[]
  /** Nanoseconds since the run's epoch. */
  readonly firstNs: number
  readonly lastNs: number
  /** Flows that prove it, five at the most. */
  readonly flows: readonly JudgedFlow[]
  /** Packets that prove it, five at the most. */
  readonly frames: readonly Frame[]
  /** It is the one before, which has gone on until `lastNs`, and no further member. */
  readonly goesOn?: boolean
  /** So far beyond what is allowed that it is raised at once. */
  readonly isGrave?: boolean
}
