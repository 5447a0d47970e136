// The policy: what is right, as data. Loaded from rules/, judged by src/policy.

import type { Prefix } from './address.ts'
import type { PortRange } from './inventory.ts'

/** Whether the document says so, we infer it from the row's purpose, or practice needs it. */
export type Basis = 'document' | 'inferred' | 'practice'

/** The place in the document. */
export interface Cite {
  readonly section: string
  readonly table: 'incoming' | 'outgoing' | null
  readonly server: string | null
  readonly row: string | null
}

export interface PortMatch {
  /** `any` IP protocol number matches by name: icmp covers ICMP and ICMPv6 echo. */
  readonly transport: 'tcp' | 'udp' | 'icmp'
  readonly ports: PortRange
}

/** `role`, a derived label such as `web-dmz`, or `meetingplace`; with `@zone` only there. */
export interface Selector {
  readonly label: string
  readonly zone: string | null
  readonly text: string
}

export interface Peers {
  readonly selectors: readonly Selector[]
  readonly basis: Basis
}

export type Obligation = 'required' | 'permitted' | 'recommended' | 'optional' | 'forbidden'

/** What the row's port carries: a protocol with a signature, an opaque vendor protocol, or not said. */
export interface Expectation {
  readonly expect: readonly string[]
  /** Where the ports of the row differ: what each of them carries. */
  readonly on?: ReadonlyMap<number, readonly string[]>
  /** Negative checks for an opaque protocol: what it must not be. */
  readonly not: readonly string[]
}

/** A row of the tables, a statement that permits flows, or a practice item. */
export interface Row {
  readonly id: string
  readonly cite: Cite
  /** What it demands, in a sentence of our own. */
  readonly says: string
  /** Whom the row opens towards: the listening side or, for the outgoing table, its destination. */
  readonly kind: 'incoming' | 'outgoing' | 'webex' | 'statement' | 'practice'
  readonly from: Peers
  readonly to: Peers
  readonly match: readonly PortMatch[]
  readonly app: Expectation
  /**
   * Where the row names no port of the peer: the port ranges from which its own end sends. What comes from
   * elsewhere and was not announced in SDP does not count as verified.
   */
  readonly sourcePorts: readonly PortRange[] | null
  /** Administration or logins in clear text deserve a remark here. */
  readonly cleartext: boolean
  /** Exposure class of the incoming table; null where the row has none. */
  readonly exposure: string | null
  /** The row's text names both ends: a source inside the class but outside the list is over_exposed. */
  readonly closed: boolean
  readonly obligation: Obligation
  /** Optional rows lower the severity of a misdropped flow. */
  readonly mode: { readonly machine: 'gwsim'; readonly opener: 'web' | 'app' } | null
  /** Statement that forbids the same port the other way round, e.g. S-10 for 61004. */
  readonly reversed: string | null
  /** Role that must be declared for the row to exist; null = always active. */
  readonly activeWith: string | null
  /**
   * Advisory on every permitted flow of the row. With a transport and a colon before it, only on flows
   * of that transport: `udp:transport_unusual` for RMI over UDP.
   */
  readonly advisory: string | null
  /** Severity of `over_exposed` and friends goes up: telnet, SQL, replication. */
  readonly sensitive: boolean
  /** Rows that are the same permission seen from the other table. */
  readonly twin: string | null
  /** A row inside another's cell, e.g. I-28.1 in I-28. */
  readonly parent: string | null
  /** `file:line` of the row. */
  readonly where: string
}

/** A statement of the document that is no row: what it demands, for citing. */
export interface Statement {
  readonly id: string
  readonly cite: Cite
  readonly says: string
  readonly where: string
}

export interface ExposureClass {
  readonly id: string
  readonly says: string
  /** Sources accepted, this class's and those of the classes it includes. */
  readonly accepts: readonly Selector[]
  /** The row's own source list is accepted too, for the local services that its purpose names (X0). */
  readonly acceptsListed: boolean
}

export interface WebexRange {
  readonly id: string
  readonly prefix: Prefix
  readonly first: string
  readonly last: string
}

export interface WebexRanges {
  readonly version: string
  readonly source: string
  readonly date: string
  readonly ranges: readonly WebexRange[]
  /** Names of the domain that content networks serve, from addresses in no range. Lower case. */
  readonly cdnNames: readonly string[]
  /** What the issuers of certificates made by inspecting firewalls and proxies have in their names. */
  readonly interceptionIssuers: readonly string[]
}

/** An accepted deviation: who answers for it, why, until when. */
export interface Exception {
  readonly id: string
  /** A row id, or `unlisted`. */
  readonly row: string
  readonly from: string
  readonly to: string
  readonly match: readonly PortMatch[]
  readonly owner: string
  readonly reason: string
  /** Last day on which it holds, `YYYY-MM-DD`, UTC. */
  readonly expires: string
  readonly where: string
}

/** One assertion about the policy itself: `external -> app tcp/61004 established`. */
export interface PolicyTest {
  readonly flow: string
  readonly expect: string
  readonly where: string
}

/** When a breach lasts: so many samples within so many seconds, or so many windows in a row. */
export type Sustain =
  | { readonly samples: number; readonly withinS: number }
  | { readonly windows: number }

export interface Limit {
  readonly id: string
  readonly on: readonly string[]
  readonly metric: string
  readonly value: number
  /** Length of the windows that are judged, in seconds. */
  readonly windowS?: number | undefined
  /** A window with fewer samples, or fewer packets, is not judged as one. */
  readonly samplesMin?: number | undefined
  readonly packetsMin?: number | undefined
  /** Of which share of packets the sensor may not lose so many, in percent, lest a window be undetermined. */
  readonly captureLossPct?: number | undefined
  readonly sustain?: Sustain | undefined
  readonly where: string
}

export interface Policy {
  readonly id: string
  /** Rows in force, practice items that are turned on among them. */
  readonly rows: readonly Row[]
  /** Practice items that are off: flows stay unlisted, and a finding names the item. */
  readonly practiceOff: readonly Row[]
  readonly statements: ReadonlyMap<string, Statement>
  readonly exposures: ReadonlyMap<string, ExposureClass>
  readonly webex: WebexRanges
  readonly limits: readonly Limit[]
  readonly exceptions: readonly Exception[]
  readonly tests: readonly PolicyTest[]
  /** Unlisted outbound flows are high instead of medium. */
  readonly strictOutbound: boolean
  /** `sha256:` and hex over all files of the policy. */
  readonly hash: string
}
