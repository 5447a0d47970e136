// What was measured of traffic: round trips, loss, jitter, clocks. Every number says by which method it was
// had and from how many samples; times are nanoseconds, since the run's epoch where they are moments.

import type { Endpoint, PacketRef, Transport } from './flow.ts'

/** How a round trip was measured: handshake, sequence and acknowledgement, TCP timestamps, RTCP reports, echo. */
export type RoundTripMethod = 'syn' | 'seqack' | 'tsopt' | 'rtcp' | 'icmp'

/** Which way was measured: from the sensor to the client and back, to the server and back, or both together. */
export type Leg = 'client' | 'server' | 'total'

/** One round trip. */
export interface RoundTrip {
  readonly method: RoundTripMethod
  readonly leg: Leg
  readonly ns: number
  /** When it was over. */
  readonly timeNs: number
}

/** How values are spread; of 0 values all else is 0. Values in milliseconds. */
export interface Distribution {
  readonly n: number
  readonly min: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export const NO_VALUES: Distribution = { n: 0, min: 0, p50: 0, p95: 0, p99: 0, max: 0 }

/** What names the flow in which something was measured. */
export interface MeasuredFlow {
  readonly transport: Transport
  readonly protocol: number
  readonly client: Endpoint
  readonly server: Endpoint
  readonly vlan: number | null
  /** The flow's first packet, or the one that showed what was measured. */
  readonly first: PacketRef
}

/** Who hears of what is measured, as it is measured. */
export interface MeasureListener {
  /** Of flows that are tracked. */
  roundTrip(flow: MeasuredFlow, trip: RoundTrip): void
  /** What one side of a tracked connection sent since this was last told, ten seconds ago at the most. */
  sent(flow: MeasuredFlow, from: Side, counts: SegmentCounts, span: Span): void
  /** The same data was sent at least three times and is not acknowledged. */
  stuck(flow: MeasuredFlow, from: Side, stuck: Stuck): void
  /** A router said by ICMP that a packet of the connection is too big for its next link. */
  tooBig?(flow: MeasuredFlow, timeNs: number): void
  /** A TCP timestamp of one side (RFC 7323), every ten seconds at the most. */
  stamped(flow: MeasuredFlow, from: Side, timestamp: number, timeNs: number): void
  /** A stream of media is certain; it is over when a record of it says so, or at the latest when it gives no state. */
  streamed?(stream: MediaStream): void
  /** Everything that goes into the batch. */
  measured(record: QualityRecord): void
}

export type Side = 'client' | 'server'

/** From and until when, nanoseconds since the run's epoch; whole seconds but at the ends of a record. */
export interface Span {
  readonly fromNs: number
  readonly toNs: number
}

/** IP packets by their length: the one that does not get through, and the largest that does. */
export interface Stuck {
  readonly bytes: number
  /** 0 where none has passed yet. */
  readonly passedBytes: number
  readonly timeNs: number
}

interface Measured {
  readonly flow: MeasuredFlow
  /** Who sent what was measured. */
  readonly from: Side
  /** When it was known. */
  readonly timeNs: number
}

/** Segments that one side of a connection sent, as far as they tell of the way. See kernel/segments.ts. */
export interface SegmentCounts {
  /** Data segments seen, those sent again included and keep-alives not. */
  readonly segments: number
  readonly retransmissions: {
    /** All that were sent again, SYNs left out; the three below are parts of it. */
    readonly total: number
    /** After duplicate acknowledgements (RFC 5681, 3.2). */
    readonly fast: number
    /** After a time-out, or for no reason that shows. */
    readonly timeout: number
    /** What had arrived: it was acknowledged before, or twice (RFC 2883). */
    readonly spurious: number
  }
  readonly outOfOrder: number
  /** Duplicate acknowledgements, closed windows and keep-alives that this side sent. */
  readonly duplicateAcks: number
  readonly zeroWindows: number
  readonly keepAlives: number
  /** Segments that were acknowledged though nobody saw them here: the capture's loss and not the path's. */
  readonly captureGaps: number
  /** Segments that the path lost: retransmissions that were needed, and gaps that one of them filled. */
  readonly lost: number
  /** Those of them that were lost before they came to the sensor, and so are in no count of segments. */
  readonly lostBefore: number
}

/** A side of a TCP connection while one record lasted. */
export interface TcpQuality extends Measured, SegmentCounts {
  readonly kind: 'tcp'
  /** SYN to the client's acknowledgement; null where it was not seen whole, or more than one SYN was (Karn). */
  readonly handshakeNs: number | null
  /** The part of it between the sensor and who received this side's segments. */
  readonly legNs: number | null
  /** Round trips between the sensor and who received them, handshake left out, milliseconds. */
  readonly rtt: Distribution
}

/** How the clock of a stream's timestamps is known: RFC 3551, SDP, or from the stream itself. */
export type ClockRateBasis = 'static' | 'sdp' | 'inferred' | 'unknown'

/** One synchronisation source while one record lasted. RFC 3550, 6.4.1 and A.3. */
export interface RtpQuality extends Measured {
  readonly kind: 'rtp'
  readonly ssrc: number
  /** The latest. */
  readonly payloadType: number
  readonly payloadTypeChanges: number
  readonly clockRate: number | null
  readonly clockRateBasis: ClockRateBasis
  readonly packets: number
  /** By sequence numbers, from the first to the highest. */
  readonly expected: number
  /** Expected and never seen, never below 0: copies do not make up for what is missing. */
  readonly lost: number
  readonly duplicates: number
  readonly outOfOrder: number
  /** Sequence numbers began anew (RFC 3550, A.1). */
  readonly restarts: number
  /** Null where the clock rate is not known. */
  readonly jitterMs: { readonly mean: number; readonly max: number } | null
  readonly firstNs: number
  readonly lastNs: number
  /** Whether SDP announced that media will be received there. */
  readonly announced: boolean
}

/** One report block about a source, or a report without one. RFC 3550, 6.4; RFC 3611. */
export interface RtcpQuality extends Measured {
  readonly kind: 'rtcp'
  readonly report: 'sender' | 'receiver' | 'extended'
  /** Who reports. */
  readonly ssrc: number
  /** Whom it is about; null for a report without blocks. */
  readonly about: number | null
  /** Packets that a sender says it has sent, modulo 2^32. */
  readonly sentPackets?: number | null
  readonly fractionLostPct: number | null
  readonly cumulativeLost: number | null
  readonly highestSequence: number | null
  /** In milliseconds where the clock rate of the source is known. */
  readonly jitterMs: number | null
  /** Between the sensor and who reports, by LSR and DLSR; null where the sender's report was not seen. */
  readonly roundTripMs: number | null
}

/** A request for the time and its answer. RFC 5905, 8. */
export interface NtpQuality extends Measured {
  readonly kind: 'ntp'
  /** Clock of the one that asks, less the clock of the one that answers; null where the former hides it. */
  readonly offsetMs: number | null
  /** Server's clock less the sensor's; null where two sensors took the exchange, or the answer tells no time. */
  readonly sensorOffsetMs: number | null
  /** Round trip between sensor and server, the server's own time left out. */
  readonly delayMs: number
  /** How far `offsetMs` may be off: the longer of the ways from the two ends to the sensor, and how finely both tell the time. */
  readonly uncertaintyMs: number
  /** How far `sensorOffsetMs` may be off. */
  readonly sensorUncertaintyMs: number
  /** What the client's clock said when it asked, less the sensor's when that passed; null as for `offsetMs`. */
  readonly clientOffsetMs: number | null
  /** Longest way from the client to the sensor: by what earlier exchanges told, else assumed. */
  readonly clientLegMs: number
  readonly isClientLegKnown: boolean
  /** Who took the exchange: its index in the run; null where request and answer were taken by two. */
  readonly sensor: number | null
  readonly stratum: number
  readonly leap: 0 | 1 | 2 | 3
  /** RFC 5905, 7.4: four letters from a closed list, `other` for any else; null where there is none. */
  readonly kiss: string | null
  /** Seconds between requests, as the client states; null where it states nothing that makes sense. */
  readonly pollS: number | null
  readonly rootDelayMs: number
  readonly rootDispersionMs: number
}

/** Echo requests and their replies while one record lasted. RFC 792, RFC 4443. */
export interface IcmpQuality extends Measured {
  readonly kind: 'icmp'
  readonly rtt: Distribution
  readonly requests: number
  readonly replies: number
}

/** A stream while it lasts. */
export interface MediaStream {
  readonly flow: MeasuredFlow
  /** Who sends it. */
  readonly from: Side
  readonly ssrc: number
  /** How far it has come; null once it is over, and its record told. */
  now(): StreamState | null
}

/** The same as in RtpQuality, since the record began; jitter is the latest. */
export interface StreamState {
  readonly payloadType: number
  readonly clockRate: number | null
  readonly firstNs: number
  readonly lastNs: number
  readonly packets: number
  readonly expected: number
  readonly lost: number
  readonly duplicates: number
  readonly outOfOrder: number
  readonly jitterMs: number | null
  /** The latest packet was comfort noise (RFC 3389), which the payload type leaves out. */
  readonly isNoise: boolean
}

export type QualityRecord = TcpQuality | RtpQuality | RtcpQuality | NtpQuality | IcmpQuality

/**
 * A row of a measurement: one point of a time series, tags from closed sets only. Names and members are
 * those of the dashboards; `timeNs` begins the window.
 */
export interface MeasurementRow {
  readonly measurement:
    | 'mp_latency'
    | 'mp_loss'
    | 'mp_rtp'
    | 'mp_clock'
    | 'mp_gwsim'
    | 'mp_failover'
  readonly tags: Readonly<Record<string, string>>
  /** What nobody can know is left out. */
  readonly fields: Readonly<Record<string, number | boolean | string>>
  readonly timeNs: number
}
