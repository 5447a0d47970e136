// A finding: something a person should know. One per cause, however many flows it has.

import type { Earlier } from './baseline.ts'
import type { FlowRecord } from './flow.ts'
import type { Placement } from './inventory.ts'
import type { Frame, Observation } from './observation.ts'
import type { Cite } from './policy.ts'
import type { Confidence, Outcome, VerdictKind } from './verdict.ts'

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** The worse of two severities. */
export const worse = (one: Severity, other: Severity): Severity =>
  SEVERITIES.indexOf(one) <= SEVERITIES.indexOf(other) ? one : other

/** What a finding can say: a verdict on flows, a remark beside one, or what was observed across them. */
export type FindingVerdict = VerdictKind | Observation['verdict']

/** One of the first flows of a finding, with what proves it. */
export interface Example {
  readonly flow: FlowRecord
  readonly client: Placement
  readonly server: Placement
  readonly outcome: Outcome
  /** Share of the pair's connections that this sensor saw in both directions, 0 to 1; null if none. */
  readonly visibility: number | null
  readonly why: readonly string[]
}

export interface Finding {
  /** `f-` and 12 hex digits of the cause's hash. */
  readonly id: string
  readonly verdict: FindingVerdict
  readonly reason: string | null
  readonly severity: Severity
  readonly confidence: Confidence
  readonly row: string
  readonly cite: Cite
  readonly says: string
  /** Where the row stands in the rules, `file:line`. */
  readonly where: string
  /** What happened, in one sentence. */
  readonly title: string
  /** Names of declared nodes, `role@zone` for everybody else. */
  readonly source: string
  readonly destination: string
  /** `tcp/1433`; null where the cause spans ports. */
  readonly service: string | null
  /** Who may do this, e.g. `admin -> app tcp/22`. */
  readonly expected: string
  readonly fix: string
  /** Member flows. */
  readonly members: number
  readonly packets: number
  readonly bytes: number
  readonly firstNs: number
  readonly lastNs: number
  /** What was observed, one sentence each, where it is more than single flows show; else empty. */
  readonly why: readonly string[]
  /** The first five members. */
  readonly examples: readonly Example[]
  /** The first five packets that prove it, where not flows but packets do. */
  readonly frames: readonly Frame[]
  /** The id of the exception, for `excepted`. */
  readonly exception: string | null
  /** The same finding in the result that the run is compared with: null where it is new, absent without one. */
  readonly earlier?: Earlier | null
}
