// What single packets show beside the flow records: who answers for an address on a link, that two ends talk,
// and what goes on inside the connections that are watched. Valid during the call that hands them over.

import type { Address } from './address.ts'
import type { NameAnswer } from './app.ts'
import type { DirectionBasis, Endpoint, PacketRef, Transport } from './flow.ts'
import type { Placement } from './inventory.ts'
import type { MediaDirection } from './media.ts'

/** A frame on Ethernet. MAC addresses are lower case with colons, as in the inventory. */
interface Framed {
  /** Nanoseconds since the run's epoch. */
  readonly timeNs: number
  /** Outermost VLAN id. */
  readonly vlan: number | null
  readonly packet: PacketRef
}

/** An ARP packet for IPv4 over Ethernet (RFC 826); gratuitous where both addresses are one (RFC 5227). */
export interface ArpSighting extends Framed {
  readonly operation: 'request' | 'reply'
  readonly sender: { readonly address: Address; readonly mac: string }
  readonly target: Address
}

/**
 * An IPv4 packet whose source address is a declared node's, and which comes from another MAC address than the
 * last one that was told of that address; the first of all is one too. An address is told of ten times a second
 * at the most.
 */
export interface SourceSighting extends Framed {
  readonly address: Address
  readonly mac: string
  /** To whom the frame goes. */
  readonly nextHopMac: string
  readonly ttl: number
}

/**
 * Two ends were seen talking both ways for the first time in this flow: between two MeetingPlace servers, or
 * of one with anybody else by TCP or on a system port.
 */
export interface Connection {
  readonly transport: Transport
  readonly client: Placement
  readonly server: Placement
  /** For ICMP see `Endpoint.port`. */
  readonly clientPort: number
  readonly serverPort: number
  readonly basis: DirectionBasis
  /** What answered was a reset, so that nothing was opened. */
  readonly isReset: boolean
  /** The packet that answered, nanoseconds since the run's epoch. */
  readonly timeNs: number
  /** The kernel's number of the flow: the same for all that is told of it until its last record has ended. */
  readonly flow: number
}

/** The two ends of a flow between MeetingPlace servers, of which something was measured. */
export interface Link {
  readonly transport: Transport
  readonly client: Placement
  readonly server: Placement
  readonly serverPort: number
}

/** A name server told where a name of WebEx stands, or denied it. */
export interface NameSighting {
  readonly answer: NameAnswer
  /** Nanoseconds since the run's epoch. */
  readonly timeNs: number
  readonly client: Placement
  readonly server: Placement
}

/** SDP told in which directions media goes, seen from whoever receives there (RFC 3264, 5.1). */
export interface MediaSighting {
  readonly address: string
  readonly port: number
  readonly direction: MediaDirection
  /** Nanoseconds since the run's epoch. */
  readonly timeNs: number
}

/** A packet of a watched flow: TCP between MeetingPlace servers, and anything between Application Servers. */
export interface WatchedPacket {
  readonly flow: number
  readonly transport: Transport
  readonly low: Endpoint
  readonly high: Endpoint
  readonly isFromHigh: boolean
  readonly timeNs: number
  readonly ttl: number
  readonly payloadBytes: number
  /** RFC 9293, 3.1: numbers are unsigned, flags are the low byte (FIN 1, SYN 2, RST 4, PSH 8, ACK 16). */
  readonly tcp: {
    readonly flags: number
    readonly sequence: number
    readonly acknowledgement: number
    readonly window: number
  } | null
  readonly packet: PacketRef
}
