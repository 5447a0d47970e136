// A verdict: what the policy says of one flow, and on what grounds. A fact, not yet a finding.

import type { FlowRecord } from './flow.ts'
import type { Placement } from './inventory.ts'

/** Every flow gets exactly one of these (ledger L4). */
export const VERDICTS = [
  ...(['permitted', 'permitted_unverified', 'escaped', 'rejected', 'misdropped'] as const),
  ...(['excepted', 'undetermined', 'out_of_scope'] as const),
] as const
export type VerdictKind = (typeof VERDICTS)[number]

export type EscapedReason =
  | 'unlisted'
  | 'wrong_direction'
  | 'over_exposed'
  | 'forbidden_by_mode'
  | 'wrong_protocol'
  | 'unsupported_proxy' // MeetingPlace reaches for WebEx by another proxy than SOCKS (T-10)
  | 'off_range' // a name of WebEx, or what SOCKS is asked for, at an address that is not WebEx's

/** How what is allowed was kept from passing, where that was not by packets alone. */
export type MisdroppedReason =
  | 'dns_blocked' // a name server denied the name
  | 'proxy_denied' // a proxy refused the request
  | 'tls_intercepted' // somebody on the way showed a certificate of its own
  | 'name_reset' // broken off as soon as the client had named WebEx
  | 'content_filtered' // scripts were kept back or replaced

export type Confidence = 'confirmed' | 'probable' | 'possible'

/** What happened to the flow on the network, whatever the policy says of it. */
export type OutcomeState =
  | 'answered' // let through
  | 'blocked' // a filter said no, or let it vanish
  | 'refused' // the host itself, or the route to it, said no
  | 'unanswered' // nothing came back, and no signature explains it
  | 'one_way' // UDP and the like: one direction only
  | 'pending' // the capture ended within the hold time

/** Block signatures of the requirements, 1.1. */
export type BlockSignature = 'BS1' | 'BS2' | 'BS3' | 'BS4' | 'BS5' | 'BS6' | 'BS7' | 'BS8'

export interface Outcome {
  readonly state: OutcomeState
  readonly signature: BlockSignature | null
  readonly confidence: Confidence
  /** One sentence each, in the order in which it happened. */
  readonly why: readonly string[]
}

/** A remark that is no violation. */
export type Advisory =
  | 'unexpected_source' // inside the exposure class, outside an inferred source list
  | 'not_filtered' // refused by the host: no filter is proven
  | 'transport_unusual' // the row lists the transport, the protocol never uses it
  | 'shared_address' // replication with the shared address as end point
  | 'cleartext' // administration or a login that anybody on the way can read
  | 'ntp_control' // NTP that controls a server, and is no time exchange
  | 'cached' // an answer of WebEx came out of somebody's store (W-06)
  | 'stale_ip_path' // a proxy goes on using an address that its name has left (W-07)
  | 'socks_port_drift' // SOCKS on another port of the proxy than the site declares (T-09)

export interface Verdict {
  readonly kind: VerdictKind
  /** `escaped`: which rule of traffic was broken; `misdropped`: how; else why, where that is said. */
  readonly reason: string | null
  /** The deciding row; `unlisted` where no row exists; null when out of scope. */
  readonly row: string | null
  /** Every row that allows the flow, the most specific first. */
  readonly rows: readonly string[]
  readonly confidence: Confidence
  readonly outcome: Outcome
  readonly advisories: readonly Advisory[]
  /** An allowed flow met a dead service (BS4, BS6, BS8). */
  readonly serviceDown: boolean
  /** How far the protocol was checked: by its own signature, or by what it is not. */
  readonly verified: 'none' | 'negative' | 'signature'
  /** Unlisted: whether the server (inbound) or only the client (outbound) is MeetingPlace. */
  readonly bound: 'inbound' | 'outbound' | null
  /** The id of the practice item that names an unlisted flow and is off. */
  readonly practice: string | null
  /** What the verdict was before an exception took it. */
  readonly excepted: {
    readonly id: string
    readonly kind: VerdictKind
    readonly reason: string | null
  } | null
  readonly why: readonly string[]
}

/** A flow with everything the judge knew and said. Flows between the same two names may share a verdict. */
export interface JudgedFlow {
  readonly flow: FlowRecord
  readonly client: Placement
  readonly server: Placement
  readonly verdict: Verdict
}
