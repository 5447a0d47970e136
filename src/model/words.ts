// The words that several outputs share for the same fact, so that a report and an event never differ.

import type { DirectionBasis, FlowRecord, Segment, TcpFacts } from './flow.ts'
import { isStrongBasis } from './flow.ts'
import type { Cite } from './policy.ts'
import type { Confidence } from './verdict.ts'

const DOCUMENT = 'Network Requirements'

// IANA's keywords for the protocol numbers that a mirror port shows now and then; for TCP, UDP and the
// two ICMPs they are also the names that Suricata uses.
const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  ...([
    [1, 'ICMP'],
    [2, 'IGMP'],
    [4, 'IPv4'],
    [6, 'TCP'],
    [17, 'UDP'],
    [41, 'IPv6'],
    [46, 'RSVP'],
    [47, 'GRE'],
    [50, 'ESP'],
    [51, 'AH'],
    [58, 'IPv6-ICMP'],
  ] as const),
  ...([
    [88, 'EIGRP'],
    [89, 'OSPFIGP'],
    [103, 'PIM'],
    [112, 'VRRP'],
    [115, 'L2TP'],
    [132, 'SCTP'],
  ] as const),
])

/** The name of an IP protocol number, `IP-<n>` where it has none here. */
export const protocolName = (protocol: number): string =>
  PROTOCOL_NAMES.get(protocol) ?? `IP-${protocol}`

/** The place in the document: `Network Requirements, incoming table, Web Server, HTTP 80`. */
export function citation({ section, table, server, row }: Cite): string {
  const tableName = table === null ? null : `${table} table`
  return [DOCUMENT, section, tableName, server, row].filter(part => part !== null).join(', ')
}

/** How far the basis of a direction carries: only what a packet itself said is confirmed. */
export function directionConfidence(basis: DirectionBasis): Confidence {
  if (basis === 'reserved_port' || basis === 'service_seen') return 'probable'
  return isStrongBasis(basis) ? 'confirmed' : 'possible'
}

/** By what an answered flow shows that it was answered, in one sentence. */
export function answeredHow({ tcp, toServer, toClient }: FlowRecord): string {
  if (tcp?.synAck && tcp.syn)
    return `SYN-ACK after ${milliseconds(sinceSyn(tcp, tcp.syn, tcp.synAck))} ms.`
  if (tcp?.synAck) return 'SYN-ACK seen.'
  if (tcp && (toClient.packets === 0 || toServer.packets === 0))
    return 'Acknowledgements advance, so the other side is heard, though not seen here.'
  const [there, back] = [toServer.packets, toClient.packets]
  return `${there} ${there === 1 ? 'packet' : 'packets'} one way, ${back} back.`
}

/** Nanoseconds from the SYN that a segment answers: the last, or where more of them followed, the first. */
export const sinceSyn = ({ lastSynNs }: TcpFacts, syn: Segment, answer: Segment): number =>
  Math.max(0, answer.timeNs - (lastSynNs <= answer.timeNs ? lastSynNs : syn.timeNs))

/** `1.2`, of nanoseconds. */
export const milliseconds = (ns: number): string => (ns / 1e6).toFixed(1)
