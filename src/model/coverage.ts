// What became of each statement of the document, of each pair of roles, and of each port that is to be shut
// against the outside. Field names are those of the JSON report.

import type { Zone } from './inventory.ts'
import type { Cite } from './policy.ts'
import type { BlockSignature } from './verdict.ts'

export const COVERAGE_STATES = [
  'violated', // contradicted by what was seen, whatever else kept it
  'kept', // seen at work, and never contradicted
  'absent', // it could have been seen here, and was not
  'unobservable', // it cannot be told from here
  'declared', // no traffic shows it: somebody's word, or a definition
] as const
export type CoverageState = (typeof COVERAGE_STATES)[number]

export interface CoveredStatement {
  readonly id: string
  /** The part of the document, such as `Incoming · Web Server`. */
  readonly section: string
  readonly cite: Cite
  readonly says: string
  readonly state: CoverageState
  /** Why it has this state, in one sentence. */
  readonly reason: string
  /** Kept by nothing but flows of which nobody could tell what they carried. */
  readonly unverified: boolean
  /** How often it was seen to hold. */
  readonly times_kept: number
  /** When it was last seen to hold, ISO 8601 UTC; null for never. */
  readonly last_kept: string | null
  /** Ids of the findings that contradict it. */
  readonly findings: readonly string[]
}

export const CELL_STATES = [
  'violating', // a flow got through that may not, or was stopped though it may
  'allowed_seen',
  'allowed_never_seen',
  'not_seen_by_sensor', // allowed, and both ends stand where the sensor sees nothing
  'refused', // tried without right, and stopped as it should be
  'tolerated', // not allowed, and accepted: by an exception, or as no more than a ping
  'undetermined', // seen, and nobody knows what became of it
] as const
export type CellState = (typeof CELL_STATES)[number]

/** A pair of groups, each a role and its zone: who may talk to whom, and who did. */
export interface MatrixCell {
  readonly source: string
  readonly destination: string
  readonly state: CellState
  /** Rows in force that let the source open connections to the destination. */
  readonly rows: readonly string[]
  readonly flows: number
  readonly violating: number
  readonly refused: number
}

export const BARRIER_STATES = [
  'reached', // the firewall let it through
  'stopped', // by a filter: the control is proven
  'refused', // by the host itself: no filter is proven
  'unproven', // tried, and met a silence that proves nothing here
  'not_tried', // no attempt is no proof
] as const
export type BarrierState = (typeof BARRIER_STATES)[number]

/** One row that is exposed to nobody, and one zone that must not reach it. */
export interface Barrier {
  readonly row: string
  readonly zone: Zone
  readonly state: BarrierState
  readonly reached: number
  readonly stopped: number
  readonly refused: number
  readonly unproven: number
  /** By what it shows that a filter stopped the attempts. */
  readonly signatures: readonly BlockSignature[]
}

export interface Coverage {
  /** How many statements have each state. */
  readonly counts: Readonly<Record<CoverageState, number>>
  /** All of them, in the order of the document. */
  readonly statements: readonly CoveredStatement[]
  /** Pairs that are allowed or were seen, by source and destination. */
  readonly matrix: readonly MatrixCell[]
  /** By row and zone. */
  readonly segmentation: readonly Barrier[]
}
