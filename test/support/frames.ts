// Single frames from a sentence, for tests that are about a few packets and not about a story:
// `tcp(1.5, 'a:1000 > b:80', 'SYN', { sequence: 7 })`. Hosts `a` to `z` are 10.0.0.1 to 10.0.0.26,
// hosts `A` to `Z` are 2001:db8::1 to 2001:db8::1a; an address may stand in their place in brackets.

import { join, zeros } from '../../fixtures/scenario/bytes.ts'
import {
  ETHER,
  ethernetFrame,
  FLAG,
  type IpHeader,
  ipPacket,
  PROTOCOL,
  tcpPacket,
  udpPacket,
} from '../../fixtures/scenario/packet.ts'
import type { Address } from '../../src/model/address.ts'
import { address } from './samples.ts'

/** A frame as it passed the sensor. */
export interface Frame {
  readonly timeNs: number
  readonly bytes: Uint8Array
  /** Bytes it had on the wire, where the capture cut it. */
  readonly wire?: number
  /** LINKTYPE; Ethernet unless told. */
  readonly link?: number
  /** Index of the sensor; the first unless told. */
  readonly sensor?: number
}

interface Header {
  readonly ttl?: number
  readonly ipId?: number
  readonly vlan?: number
}

export interface TcpMore extends Header {
  readonly sequence?: number
  readonly acknowledgement?: number
  readonly window?: number
  /** Bytes of payload. */
  readonly data?: number
}

interface End {
  readonly address: Address
  readonly port: number
}

/** Where the IP header begins in a frame without VLAN tags. */
export const IP_AT = 14
export const SECOND_NS = 1e9

const MACS = { source: '02:00:00:00:00:01', target: '02:00:00:00:00:02' }
const TTL = 64
const IP_ID = 7
const WINDOW = 8192

export function tcp(seconds: number, way: string, flags: string, more: TcpMore = {}): Frame {
  const [source, target] = endsOf(way)
  const { sequence = 0, acknowledgement = 0, window = WINDOW, data = 0 } = more
  const segment = {
    ...{ sourcePort: source.port, targetPort: target.port, sequence, acknowledgement, window },
    flags: flagsOf(flags),
    payload: zeros(data),
  }
  return frameOf(seconds, tcpPacket(headerOf(source, target, more), segment), more.vlan)
}

export function udp(seconds: number, way: string, data = 12, more: Header = {}): Frame {
  const [source, target] = endsOf(way)
  const datagram = { sourcePort: source.port, targetPort: target.port, payload: zeros(data) }
  return frameOf(seconds, udpPacket(headerOf(source, target, more), datagram), more.vlan)
}

/** ICMP or ICMPv6, by the family of the ends; the checksum stays zero, since nobody here reads it. */
export function icmp(seconds: number, way: string, type: number, code = 0, rest = zeros(4)): Frame {
  const [{ address: source }] = endsOf(way)
  const protocol = source.version === 4 ? PROTOCOL.ICMP : PROTOCOL.ICMP6
  return ip(seconds, way, protocol, join([type, code, 0, 0], rest))
}

/** An ICMP error about the packet in a frame, of which it quotes that many bytes. */
export function icmpAbout(
  seconds: number,
  way: string,
  [type, code]: readonly [type: number, code: number],
  { bytes }: Frame,
  quotedBytes = 1000,
): Frame {
  const quoted = bytes.subarray(IP_AT, IP_AT + quotedBytes)
  return icmp(seconds, way, type, code, join(zeros(4), quoted))
}

/** Any IP protocol. */
export function ip(seconds: number, way: string, protocol: number, payload: Uint8Array): Frame {
  const [source, target] = endsOf(way)
  return frameOf(seconds, ipPacket(headerOf(source, target, {}), protocol, payload))
}

/** The same frame with other bytes from `at` on. */
export function patched(frame: Frame, at: number, ...values: readonly number[]): Frame {
  const bytes = frame.bytes.slice()
  bytes.set(values, at)
  return { ...frame, bytes }
}

/** The first bytes of the frame, as a capture with a short snap length keeps them. */
export const cut = (frame: Frame, length: number): Frame => ({
  ...frame,
  bytes: frame.bytes.subarray(0, length),
  wire: frame.bytes.length,
})

/** A handshake of which every packet passes within a second: SYN 1000, SYN-ACK 5000. */
export function handshake(seconds: number, way: string): readonly Frame[] {
  const back = way.split(' > ').reverse().join(' > ')
  return [
    tcp(seconds, way, 'SYN', { sequence: 1000 }),
    tcp(seconds + 0.1, back, 'SYN+ACK', { sequence: 5000, acknowledgement: 1001 }),
    tcp(seconds + 0.2, way, 'ACK', { sequence: 1001, acknowledgement: 5001 }),
  ]
}

/** `a:1000 > b:80`, or `a > b` where there are no ports. */
function endsOf(way: string): readonly [End, End] {
  const [source, target] = way.split(' > ').map(endOf)
  if (source === undefined || target === undefined) throw new Error(`no way: ${way}`)
  return [source, target]
}

function endOf(text: string): End {
  const [, bracketed, letter = '', port = '0'] = /^(?:\[(.+)\]|(.))(?::(\d+))?$/.exec(text) ?? []
  return {
    address: bracketed === undefined ? named(letter) : address(bracketed),
    port: Number(port),
  }
}

function named(letter: string): Address {
  const number = letter.charCodeAt(0) & 31
  return address(letter < 'a' ? `2001:db8::${number.toString(16)}` : `10.0.0.${number}`)
}

const flagsOf = (text: string): number =>
  text.split('+').reduce((sum, name) => sum | (FLAG[name as keyof typeof FLAG] ?? 0), 0)

const headerOf = (source: End, target: End, { ttl = TTL, ipId = IP_ID }: Header): IpHeader => ({
  ...{ source: source.address, target: target.address, ttl, id: ipId },
})

function frameOf(seconds: number, packet: Uint8Array, vlan?: number): Frame {
  const type = (packet[0] ?? 0) >> 4 === 4 ? ETHER.IPV4 : ETHER.IPV6
  const bytes = ethernetFrame({ ...MACS, vlan: vlan ?? null }, type, packet)
  return { timeNs: Math.round(seconds * SECOND_NS), bytes }
}
