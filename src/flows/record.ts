// Kernel record -> FlowRecord: the one door out of the kernel.

import { flowAt, originAt, tcpAt } from '../kernel/flows.ts'
import {
  AppBit,
  End,
  FLOW_BYTES_HIGH,
  FLOW_BYTES_LOW,
  FLOW_FLAGS,
  FLOW_HIGH,
  FLOW_KIND,
  FLOW_LOW,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  FLOW_PORTS,
  FLOW_SIGHTS,
  Flag,
  KIND_V6,
  ORIGIN_APP,
  ORIGIN_FILE,
  ORIGIN_FIRST,
  ORIGIN_FRAME,
  ORIGIN_OFFSET,
  ORIGIN_VLAN,
  TCP_LAST_SYN,
  TCP_RST,
  TCP_RST_TIME,
  TCP_SYN,
  TCP_SYN_ACK,
  TCP_SYN_ACK_TIME,
  TCP_SYN_COUNT,
  TCP_SYN_TIME,
  TCP_WINDOWS,
} from '../kernel/layout.ts'
import { lastOf } from '../kernel/lifetime.ts'
import { getF64, getI32 } from '../kernel/memory.ts'
import type { Address } from '../model/address.ts'
import type { App } from '../model/app.ts'
import {
  type Counts,
  type DirectionBasis,
  type Endpoint,
  type FlowEnd,
  type FlowRecord,
  type IcmpError,
  NO_SIGHTS,
  type PacketRef,
  type Segment,
  type Sights,
  type TcpFacts,
  type Transport,
} from '../model/flow.ts'
import type { AddressBook } from './addresses.ts'

const TCP = 6
const ENDS: Readonly<Record<number, FlowEnd>> = {
  [End.Closed]: 'closed',
  [End.Idle]: 'idle',
  [End.Active]: 'active',
  [End.Reused]: 'reused',
  [End.Evicted]: 'evicted',
  [End.CaptureEnd]: 'capture_end',
}
const TRANSPORTS: Readonly<Record<number, Transport>> = {
  6: 'tcp',
  17: 'udp',
  1: 'icmp',
  58: 'icmp6',
}

/** Who the client is, and how that is known, where the kernel cannot tell: see direction.ts. */
export interface Orientation {
  readonly clientHigh: boolean
  readonly basis: DirectionBasis
}

/** What was learnt of a flow beside its own headers. */
export interface Heard {
  readonly icmpError: IcmpError | null
  readonly app: App
}

/** The two ends of a flow by the order of its key, and what the kernel knows of its direction. */
export interface Ends {
  readonly protocol: number
  readonly low: Endpoint
  readonly high: Endpoint
  /** The client by SYN, SYN-ACK or ICMP type; with basis `first_packet`, merely who spoke first. */
  readonly orientation: Orientation
}

export function endsOf(flow: number, book: AddressBook): Ends {
  const at = flowAt(flow)
  const kind = getI32(at + FLOW_KIND)
  const ports = getI32(at + FLOW_PORTS)
  const flags = getI32(at + FLOW_FLAGS)
  return {
    protocol: kind & 0xff,
    low: { address: addressOf(flow, false, book), port: ports >>> 16 },
    high: { address: addressOf(flow, true, book), port: ports & 0xffff },
    orientation: orientationOf(flags, getI32(originAt(flow) + ORIGIN_APP)),
  }
}

/** The transport of an IP protocol number. */
export const transportOf = (protocol: number): Transport => TRANSPORTS[protocol] ?? 'other'

/** Whether a side of this TCP flow has sent a reset. */
export function hasReset(flow: number): boolean {
  return (getI32(flowAt(flow) + FLOW_FLAGS) & (Flag.RstLow | Flag.RstHigh)) !== 0
}

/** The address of one end of a flow. */
export function addressOf(flow: number, isHigh: boolean, book: AddressBook): Address {
  const at = flowAt(flow)
  const value = getI32(at + (isHigh ? FLOW_HIGH : FLOW_LOW))
  return (getI32(at + FLOW_KIND) & KIND_V6) === 0 ? book.ipv4(value) : book.ipv6(value)
}

/** The record of a kernel flow, which ends for `reason`, seen from the client's side. */
export function recordOf(
  flow: number,
  reason: number,
  ends: Ends,
  { clientHigh, basis }: Orientation,
  { icmpError, app }: Heard,
): FlowRecord {
  const flags = getI32(flowAt(flow) + FLOW_FLAGS)
  return {
    transport: transportOf(ends.protocol),
    protocol: ends.protocol,
    client: clientHigh ? ends.high : ends.low,
    server: clientHigh ? ends.low : ends.high,
    basis,
    toServer: countsFrom(flow, clientHigh),
    toClient: countsFrom(flow, !clientHigh),
    data: sides(flags, clientHigh, Flag.DataLow, Flag.DataHigh),
    firstNs: getF64(originAt(flow) + ORIGIN_FIRST),
    lastNs: lastOf(flow),
    first: firstOf(flow),
    vlan: vlanOf(flow),
    sensors: sightsOf(flow, clientHigh),
    end: ENDS[reason] ?? 'capture_end',
    resumed: (flags & Flag.Resumed) !== 0,
    tcp: ends.protocol === TCP ? tcpFacts(tcpAt(flow), flags, clientHigh) : null,
    icmpError,
    app,
  }
}

/** Which sensors have seen either side of a kernel flow so far. */
export function sightsOf(flow: number, clientHigh: boolean): Sights {
  const word = getI32(flowAt(flow) + FLOW_SIGHTS)
  if (word === 0) return NO_SIGHTS
  const [low, high] = [word & 0xffff, word >>> 16]
  return clientHigh ? { client: high, server: low } : { client: low, server: high }
}

/** Outermost VLAN id of the record's first packet. */
export function vlanOf(flow: number): number | null {
  const vlan = getI32(originAt(flow) + ORIGIN_VLAN)
  return vlan === 0 ? null : vlan - 1
}

export function firstOf(flow: number): PacketRef {
  const at = originAt(flow)
  return {
    file: getI32(at + ORIGIN_FILE),
    frame: getI32(at + ORIGIN_FRAME),
    offset: getF64(at + ORIGIN_OFFSET),
  }
}

/** The handshake says most; after it the type of an ICMP message, and what the payload told. */
function orientationOf(flags: number, app: number): Orientation {
  const clientHigh = (flags & Flag.ClientHigh) !== 0
  if ((flags & Flag.BySyn) !== 0) return { clientHigh, basis: 'syn' }
  if ((flags & Flag.BySynAck) !== 0) return { clientHigh, basis: 'synack' }
  if ((flags & Flag.ByRequest) !== 0) return { clientHigh, basis: 'app_request' }
  if ((app & AppBit.Told) === 0) return { clientHigh, basis: 'first_packet' }
  return { clientHigh: (app & AppBit.ClientHigh) !== 0, basis: 'app_request' }
}

function countsFrom(flow: number, high: boolean): Counts {
  const at = flowAt(flow)
  return {
    packets: getI32(at + (high ? FLOW_PACKETS_HIGH : FLOW_PACKETS_LOW)) >>> 0,
    bytes: getF64(at + (high ? FLOW_BYTES_HIGH : FLOW_BYTES_LOW)),
  }
}

function sides(flags: number, clientHigh: boolean, low: number, high: number) {
  const isLow = (flags & low) !== 0
  const isHigh = (flags & high) !== 0
  return clientHigh ? { client: isHigh, server: isLow } : { client: isLow, server: isHigh }
}

function tcpFacts(tcp: number, flags: number, clientHigh: boolean): TcpFacts {
  const isBySyn = (flags & Flag.BySyn) !== 0
  const count = getI32(tcp + TCP_SYN_COUNT)
  const windows = getI32(tcp + TCP_WINDOWS)
  const fin = sides(flags, clientHigh, Flag.FinLow, Flag.FinHigh)
  const isSynAck = (flags & Flag.SynAck) !== 0
  return {
    state: stateOf(flags, fin),
    synCount: isBySyn ? count >>> 16 : 0,
    syn: isBySyn ? segment(tcp, TCP_SYN, TCP_SYN_TIME, count & 0xffff) : null,
    lastSynNs: isBySyn ? getF64(tcp + TCP_LAST_SYN) : Number.NaN,
    synAck: isSynAck ? segment(tcp, TCP_SYN_ACK, TCP_SYN_ACK_TIME, windows >>> 16) : null,
    rst: resetOf(tcp, flags, clientHigh, windows & 0xffff),
    fin,
    acknowledges: sides(flags, clientHigh, Flag.HeardLow, Flag.HeardHigh),
  }
}

function stateOf(flags: number, fin: { client: boolean; server: boolean }): TcpFacts['state'] {
  if ((flags & (Flag.RstLow | Flag.RstHigh)) !== 0 || (fin.client && fin.server)) return 'closed'
  const isEstablished = (flags & (Flag.HeardLow | Flag.HeardHigh)) !== 0
  return isEstablished ? 'established' : 'new'
}

function segment(tcp: number, mark: number, time: number, window: number): Segment {
  const word = getI32(tcp + mark)
  return { timeNs: getF64(tcp + time), ttl: (word >>> 16) & 0xff, window, ipId: word & 0xffff }
}

function resetOf(tcp: number, flags: number, clientHigh: boolean, window: number): TcpFacts['rst'] {
  if ((flags & (Flag.RstLow | Flag.RstHigh)) === 0) return null
  const isFromClient = (flags & (clientHigh ? Flag.RstHigh : Flag.RstLow)) !== 0
  return {
    ...segment(tcp, TCP_RST, TCP_RST_TIME, window),
    from: isFromClient ? 'client' : 'server',
  }
}

/** The marks of the SYN-ACK with which a kernel flow was answered; null if there was none. */
export function synAckOf(flow: number): { readonly ttl: number; readonly afterNs: number } | null {
  const flags = getI32(flowAt(flow) + FLOW_FLAGS)
  if ((flags & Flag.SynAck) === 0) return null
  const tcp = tcpAt(flow)
  const isBySyn = (flags & Flag.BySyn) !== 0
  const afterNs =
    getF64(tcp + TCP_SYN_ACK_TIME) - (isBySyn ? getF64(tcp + TCP_LAST_SYN) : Number.NaN)
  return { ttl: (getI32(tcp + TCP_SYN_ACK) >>> 16) & 0xff, afterNs }
}
