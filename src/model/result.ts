// The result of an audit or of a flow count: the one object from which every report is drawn.
// Field names are those of the JSON report; times are ISO 8601 UTC with nanoseconds.

import type { ReportedStanding } from './baseline.ts'
import type { Coverage } from './coverage.ts'
import type { FindingVerdict, Severity } from './finding.ts'
import type { Ledger } from './ledger.ts'
import type { Cite } from './policy.ts'
import type { ReportedApp } from './reported-app.ts'
import type { ReportedQuality } from './reported-quality.ts'
import type { Confidence, VerdictKind } from './verdict.ts'

export const RESULT_SCHEMA = 'mpwatch/result/1'

export interface Result {
  readonly schema: typeof RESULT_SCHEMA
  readonly provenance: Provenance
  /** First and last packet time; null where no packet was read. */
  readonly observed: { readonly first: string | null; readonly last: string | null }
  /** Null for a flow count, which judges nothing. */
  readonly conclusion: Conclusion | null
  /** Where the run was compared with an earlier result. */
  readonly baseline?: ReportedBaseline
  readonly totals: Totals
  readonly findings: readonly ReportedFinding[]
  /** Null for a flow count. */
  readonly coverage: Coverage | null
  /** Null where nothing was measured. */
  readonly quality: ReportedQuality | null
  readonly not_judged: readonly NotJudged[]
  readonly ledger: Ledger
}

export interface Provenance {
  readonly tool: 'mpwatch'
  readonly version: string
  readonly policy: {
    readonly id: string
    readonly hash: string
    readonly webex_ranges: string
  } | null
  readonly site: {
    readonly name: string
    readonly hash: string
    /** The one that took all captures; null where there are several, or nothing names it. */
    readonly sensor: string | null
  } | null
  readonly captures: readonly ReportedCapture[]
  /** `--from` and `--to` as given, ISO 8601. */
  readonly from: string | null
  readonly to: string | null
}

export interface ReportedCapture {
  readonly name: string
  /** Null where nothing names the sensor. */
  readonly sensor: string | null
  readonly bytes: number
  readonly packets: number
  /** Packets that the capture says it lost; null where it says nothing. */
  readonly dropped: number | null
  readonly sha256: string | null
  readonly first: string | null
  readonly last: string | null
  readonly damage: readonly {
    readonly kind: 'truncated_tail' | 'corrupt'
    readonly packet: number
    readonly offset: number
    /** Bytes passed over to the next whole record; null where the rest could not be read. */
    readonly skipped_bytes: number | null
    readonly message: string
  }[]
}

export interface Conclusion {
  readonly state: 'compliant' | 'violations' | 'not_observed' | 'incomplete'
  /** The answer in one sentence, as a person would say it on the phone. */
  readonly sentence: string
  readonly violations: number
  readonly exit_code: 0 | 1 | 3 | 4
}

/** What has changed since an earlier result. */
export interface ReportedBaseline {
  /** First and last packet of the earlier result. */
  readonly captured: { readonly first: string | null; readonly last: string | null }
  /** Whether both were judged by the same policy, for the same site file. */
  readonly policy_same: boolean
  readonly site_same: boolean
  /** Ids of findings that the earlier result has not. */
  readonly new: readonly string[]
  /** Ids of those that it has, less severe. */
  readonly raised: readonly string[]
  /** Findings that it has alone. */
  readonly gone: readonly {
    readonly id: string
    readonly title: string
    readonly severity: Severity
    readonly row: string
  }[]
  /** How many both have. */
  readonly still: number
}

export interface Totals {
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  readonly by_transport: readonly CountedFlows<{ readonly transport: string }>[]
  readonly by_verdict: readonly { readonly verdict: VerdictKind; readonly flows: number }[]
  readonly by_row: readonly CountedFlows<{ readonly row: string; readonly verdict: VerdictKind }>[]
  readonly by_role_pair: readonly CountedFlows<{
    readonly source: string
    readonly destination: string
    readonly verdict: VerdictKind
  }>[]
  /** Link-scope housekeeping of MeetingPlace hosts, counted and not judged. */
  readonly housekeeping: readonly CountedFlows<{ readonly kind: string }>[]
}

export type CountedFlows<Key> = Key & {
  readonly flows: number
  readonly packets: number
  readonly bytes: number
}

export interface ReportedFinding extends ReportedStanding {
  readonly id: string
  readonly severity: Severity
  readonly verdict: FindingVerdict
  readonly reason: string | null
  readonly confidence: Confidence
  readonly title: string
  readonly row: string
  readonly cite: Cite
  readonly says: string
  readonly rule: string
  readonly source: string
  readonly destination: string
  readonly service: string | null
  readonly expected: string
  readonly fix: string
  readonly exception: string | null
  readonly members: number
  readonly packets: number
  readonly bytes: number
  readonly first: string
  readonly last: string
  /** What was observed across flows; empty where the flows below say it all. */
  readonly why: readonly string[]
  readonly examples: readonly ReportedExample[]
  /** Packets that prove it, beside the flows. */
  readonly frames: readonly ReportedFrame[]
}

/** A packet that proves something, and what it says. */
export interface ReportedFrame {
  readonly time: string
  readonly says: string
  readonly packet: ReportedExample['packet']
}

/** The evidence bundle E0 of one member flow. */
export interface ReportedExample {
  readonly community_id: string
  readonly flow_id: number
  readonly src_ip: string
  readonly src_port: number
  readonly dest_ip: string
  readonly dest_port: number
  readonly proto: string
  readonly first: string
  readonly last: string
  readonly pkts_toserver: number
  readonly pkts_toclient: number
  readonly bytes_toserver: number
  readonly bytes_toclient: number
  readonly vlan: number | null
  readonly source: ReportedPlacement
  readonly destination: ReportedPlacement
  readonly direction: { readonly basis: string; readonly confidence: Confidence }
  readonly outcome: { readonly state: string; readonly signature: string | null }
  readonly timeline: readonly {
    readonly time: string
    readonly event: string
    readonly ttl: number | null
  }[]
  readonly visibility: number | null
  /** Names of those that saw it. */
  readonly sensors: readonly string[]
  /** What the payload was recognised as; null where it was not. */
  readonly app: ReportedApp | null
  readonly why: readonly string[]
  /** The flow's first packet. */
  readonly packet: { readonly capture: string; readonly frame: number; readonly offset: number }
  /** A Wireshark display filter that shows exactly this flow. */
  readonly filter: string
}

export interface ReportedPlacement {
  readonly node: string | null
  readonly role: string
  readonly zone: string
  readonly role_basis: string
}

/** Something that was seen, or should have been, and got no verdict. */
export interface NotJudged {
  /** `undetermined`, `damage`, `truncated`, `unsupported`, `malformed`, `unflowed`, `one_way`, `no_site_flow`, `vantage`. */
  readonly kind: string
  /** Whose: a row, a role pair, a capture. */
  readonly subject: string
  readonly count: number
  /** One sentence: what, why, and what would help. */
  readonly reason: string
  /** It keeps the observation from being complete (exit code 4). */
  readonly incomplete: boolean
}
