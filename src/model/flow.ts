// A flow record: what one conversation did between two moments, as plain readonly facts. The one thing
// that leaves the kernel; everything after it judges facts and never packets.

import type { Address } from './address.ts'
import type { App } from './app.ts'

export type Transport = 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'other'

export interface Endpoint {
  readonly address: Address
  /** TCP or UDP port. For ICMP: the type on the client's side, the code (or the reply's type) on the server's. */
  readonly port: number
}

export interface Counts {
  readonly packets: number
  /** Frame bytes on the wire, link header included. */
  readonly bytes: number
}

/**
 * How we know who is the client, strongest first. Only the first four may carry a verdict that turns on
 * direction; the others are hints.
 */
export const DIRECTION_BASES = [
  'syn',
  'synack',
  'app_request',
  'reserved_port',
  'service_seen',
  'first_packet',
] as const
export type DirectionBasis = (typeof DIRECTION_BASES)[number]

export const isStrongBasis = (basis: DirectionBasis): boolean =>
  DIRECTION_BASES.indexOf(basis) <= DIRECTION_BASES.indexOf('reserved_port')

/** Why the record was closed. `active`, `idle` and `capture_end` say nothing about the flow itself. */
export type FlowEnd = 'closed' | 'idle' | 'active' | 'reused' | 'evicted' | 'capture_end'

/** Where a packet is: its capture, its number there (from 1) and the offset of its first byte. */
export interface PacketRef {
  readonly file: number
  readonly frame: number
  readonly offset: number
}

/**
 * Which sensors of a run saw what each side sent, copies counted: a bit each, by the sensor's index. Both are
 * 0 where the run has one sensor.
 */
export interface Sights {
  readonly client: number
  readonly server: number
}

export const NO_SIGHTS: Sights = { client: 0, server: 0 }

/** The bit for others of whom nobody can tell: copies of fragments go before they make a datagram. */
export const SIGHT_UNKNOWN = 1 << 15

/** A TCP segment that matters to a verdict. */
export interface Segment {
  readonly timeNs: number
  readonly ttl: number
  readonly window: number
  /** IPv4 identification; 0 for IPv6. */
  readonly ipId: number
}

/** What the TCP headers showed (RFC 9293). Times in nanoseconds since the run's epoch. */
export interface TcpFacts {
  readonly state: 'new' | 'established' | 'closed'
  /** SYNs from the client with the first one's sequence number; 0 when picked up mid-stream. */
  readonly synCount: number
  readonly syn: Segment | null
  readonly lastSynNs: number
  readonly synAck: Segment | null
  /** The first reset, and who sent it. */
  readonly rst: (Segment & { readonly from: 'client' | 'server' }) | null
  readonly fin: { readonly client: boolean; readonly server: boolean }
  /** Acknowledgement numbers that moved forward: proof that the other side is heard, seen or not. */
  readonly acknowledges: { readonly client: boolean; readonly server: boolean }
}

/** An ICMP error that quotes this flow (RFC 792, RFC 4443). Evidence, never a flow of its own. */
export interface IcmpError {
  readonly timeNs: number
  readonly version: 4 | 6
  readonly type: number
  readonly code: number
  /** Who sent it. */
  readonly from: Address
  readonly packet: PacketRef
}

export interface FlowRecord {
  readonly transport: Transport
  /** IP protocol number (IANA). */
  readonly protocol: number
  readonly client: Endpoint
  readonly server: Endpoint
  readonly basis: DirectionBasis
  readonly toServer: Counts
  readonly toClient: Counts
  /** Payload was seen from this side. */
  readonly data: { readonly client: boolean; readonly server: boolean }
  /** Nanoseconds since the run's epoch. */
  readonly firstNs: number
  readonly lastNs: number
  readonly first: PacketRef
  /** Outermost VLAN id of the first packet. */
  readonly vlan: number | null
  readonly sensors: Sights
  readonly end: FlowEnd
  /** The record continues an earlier one of the same flow. */
  readonly resumed: boolean
  readonly tcp: TcpFacts | null
  readonly icmpError: IcmpError | null
  /** What the payload was recognised as. */
  readonly app: App
}
