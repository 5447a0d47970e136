// What a watcher is: it remembers across flows, in bounded memory, and says what no flow says alone. Each is
// one file; index.ts lists them.

import type { Address } from '../model/address.ts'
import type { Placement, Sensor, Site, Zone } from '../model/inventory.ts'
import type { ModeView } from '../model/mode.ts'
import type { Observation } from '../model/observation.ts'
import type { Policy } from '../model/policy.ts'
import type {
  MeasurementRow,
  MediaStream,
  QualityRecord,
  RoundTrip,
  SegmentCounts,
  Side,
  Span,
  Stuck,
} from '../model/quality.ts'
import type {
  ArpSighting,
  Connection,
  Link,
  MediaSighting,
  NameSighting,
  SourceSighting,
  WatchedPacket,
} from '../model/sighting.ts'
import type { DateSighting } from '../model/time-message.ts'
import type { JudgedFlow } from '../model/verdict.ts'

/** What a watcher may know and say. */
export interface Watch {
  readonly site: Site
  readonly policy: Policy
  /** Zones whose segments the sensor mirrors; null where that is not declared. */
  readonly sees: readonly Zone[] | null
  /** Those that took the captures, by their index in the run; none where that is not declared. */
  readonly sensors: readonly Sensor[]
  place(address: Address): Placement
  /** Whether an answer between these two would be seen here, so that silence means something. */
  isVisible(a: Placement, b: Placement): boolean
  /** Which side opens 5003 for the Web Server of this name; undefined where nobody has tried to. */
  modeOf(web: string): ModeView | undefined
  /** Nanoseconds since the run's epoch of a Unix time. */
  sinceEpochNs(unixSeconds: number): number
  /** ISO 8601 UTC of a time in nanoseconds since the run's epoch, to the millisecond. */
  timeText(ns: number): string
  /** Somebody should know this. Equal causes make one finding, however often they are observed. */
  observe(observation: Observation): void
  /** A point of a time series; rows of equal tags and time are written once only. */
  measure(row: MeasurementRow): void
  /** The statement was seen to hold at this time. */
  kept(statement: string, ns: number): void
  /** The statement cannot be told from here; `reason` is a sentence. */
  blind(statement: string, reason: string): void
}

/** Everything is told in order of time, but for records, which end when the kernel closes them. */
export interface Watcher {
  connected?(connection: Connection): void
  packet?(packet: WatchedPacket): void
  arp?(sighting: ArpSighting): void
  sourced?(sighting: SourceSighting): void
  named?(sighting: NameSighting): void
  /** A round trip between two MeetingPlace servers; by RTCP, between one and anybody. */
  roundTrip?(link: Link, trip: RoundTrip): void
  /** What one side of a connection between two MeetingPlace servers sent since this was last told. */
  sent?(link: Link, from: Side, counts: SegmentCounts, span: Span): void
  /** The same data of one side was sent at least three times, and is not acknowledged. */
  stuck?(link: Link, from: Side, stuck: Stuck): void
  /** A router said by ICMP that a packet of the connection is too big for its next link. */
  tooBig?(link: Link, timeNs: number): void
  /** A TCP timestamp of one side (RFC 7323), every ten seconds at the most. */
  stamped?(link: Link, from: Side, timestamp: number, timeNs: number): void
  /** A MeetingPlace server says in a response when it made it. */
  dated?(date: DateSighting, server: Placement): void
  /** What was measured of a flow of MeetingPlace, TCP left out, or of an exchange in it. */
  measured?(record: QualityRecord, client: Placement, server: Placement): void
  /** A stream of media of MeetingPlace is certain; what it comes to is told as `measured`. */
  streamed?(stream: MediaStream, client: Placement, server: Placement): void
  /** SDP told in which directions media goes at an address and port. */
  directed?(sighting: MediaSighting): void
  /** A record has ended. Of answered flows that nothing tells apart, one for each second of their last packets. */
  ended?(judged: JudgedFlow): void
  /** Every record, as it ends; `isFinal` where its flow will not go on under another one. */
  recordEnded?(judged: JudgedFlow, flow: number, isFinal: boolean): void
  /** A second of capture time is over. Seconds without packets are left out. */
  tick?(nowNs: number): void
  /**
   * A second without packets is over, on a live interface: what was put together up to then may be concluded.
   * Silence proves nothing in it, since nobody was heard at all.
   */
  quiet?(nowNs: number): void
  /** A sensor has not listened for a while, up to now: nothing may rest on what it did not hear. */
  interrupted?(): void
  /** The capture is over, all records have ended; `firstNs` was its first packet. */
  finish?(firstNs: number, nowNs: number): void
}
