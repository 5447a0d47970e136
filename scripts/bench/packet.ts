// The nouns of the generator: a talk between two hosts, and its packets.

import type { Host } from './hosts.ts'
import type { Payload } from './payloads.ts'

export interface Talk {
  readonly transport: 'tcp' | 'udp'
  readonly client: Host
  readonly clientPort: number
  readonly server: Host
  readonly serverPort: number
  readonly version: 4 | 6
  /** VLAN id of the tag, or 0 for none. */
  readonly vlan: number
}

export interface Packet {
  /** Nanoseconds since the capture's start, whole. */
  readonly at: number
  readonly talk: Talk
  readonly toServer: boolean
  readonly tcp: TcpFields | null
  readonly payload: Payload
}

export interface TcpFields {
  readonly seq: number
  readonly ack: number
  readonly flags: number
}

export const FIN = 0x01
export const SYN = 0x02
export const PUSH = 0x08
export const ACK = 0x10

/**
 * What the generator knows to be in the capture; packets and bytes are counted where they are
 * written.
 */
export interface Tally {
  flows: number
  tcpConnections: number
  /** Segments sent a second time, both copies seen. */
  tcpRepeated: number
  /** Segments whose first copy was lost before the tap: seen once, behind their successors. */
  tcpLate: number
  rtpStreams: number
  rtpPackets: number
  /** RTP packets taken out, never the first or last of a stream, so that the gap shows. */
  rtpRemoved: number
}

export const emptyTally = (): Tally => ({
  flows: 0,
  tcpConnections: 0,
  tcpRepeated: 0,
  tcpLate: 0,
  rtpStreams: 0,
  rtpPackets: 0,
  rtpRemoved: 0,
})
