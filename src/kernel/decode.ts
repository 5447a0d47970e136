// Packet -> flow key, in the registers: the link layer, then IPv4 (RFC 791) or IPv6 (RFC 8200), then TCP
// (RFC 9293), UDP (RFC 768) or ICMP (RFC 792, RFC 4443). One length check per header, then reads that
// cannot fail: nothing past the captured end is ever looked at. What needs more than a look (tunnels,
// fragments) is handed to the slow path, which comes back in at the inner header.

import { addressNumber, forgetIfUnused } from './addresses.ts'
import {
  ADDRESSES_AT,
  CAPTURED_END,
  DEPTH,
  ENTRY_AT,
  ENTRY_END,
  ENTRY_TYPE,
  ENTRY_WIRE_END,
  Fate,
  FROM_HIGH,
  HEADER_AT,
  IP_AT,
  IP_ID,
  KEY_HIGH,
  KEY_KIND,
  KEY_LOW,
  KEY_PORTS,
  KIND_V6,
  NEXT_AT,
  NOTES,
  Note,
  PACKET_END,
  PAYLOAD_AT,
  PAYLOAD_BYTES,
  SCRATCH_ADDRESSES,
  TTL,
  VLAN,
  VLAN_IN_KEY,
} from './layout.ts'
import { ETHERTYPE_BRIDGED, ETHERTYPE_IPV4, ethernet, ethertype, linkLayer } from './link.ts'
import { above, copyBytes, getI32, getNet16, getNet32, getU8, setI32 } from './memory.ts'

const IPV4_BYTES_MIN = 20
const IPV6_BYTES = 40
const ADDRESS_BYTES = 16
const OPTIONS_MAX = 16
const TCP_BYTES_MIN = 20
const UDP_BYTES = 8
const ICMP_BYTES = 4
/** Headers within headers: what is wrapped deeper stays with the flow that wraps it. */
export const DEPTH_MAX = 8

const PROTOCOL_ICMP = 1
const PROTOCOL_IGMP = 2
const PROTOCOL_IPIP = 4
export const PROTOCOL_TCP = 6
export const PROTOCOL_UDP = 17
const PROTOCOL_IPV6 = 41
const PROTOCOL_GRE = 47
const PROTOCOL_ICMP6 = 58

const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const AUTHENTICATION = 51
const DESTINATION_OPTIONS = 60
const OPTION_HOME_ADDRESS = 0xc9
const WIRE_END_MAX = 0x7fffffff

/** The fate of the frame in [at, end), `wire` bytes long on the wire; the key is set for Fate.InFlow. */
export function decode(at: i32, end: i32, wire: i32, link: i32): i32 {
  setI32(VLAN, 0)
  setI32(NOTES, 0)
  setI32(IP_AT, 0)
  setI32(NEXT_AT, at)
  setI32(CAPTURED_END, end)
  return network(linkLayer(at, end, link), end, wireEndOf(at, wire))
}

/** Where a frame ended on the wire; a length that nobody has sent must not turn into a place before `at`. */
export function wireEndOf(at: i32, wire: i32): i32 {
  return wire < WIRE_END_MAX - at ? at + wire : WIRE_END_MAX
}

/** Goes on where the slow path found the inner header of the packet at hand. */
export function decodeEntry(): i32 {
  const end = getI32(ENTRY_END)
  setI32(CAPTURED_END, end)
  const type = ethertype(getI32(ENTRY_TYPE), getI32(ENTRY_AT), end, false)
  return network(type, end, getI32(ENTRY_WIRE_END))
}

/** `type` is an ethertype, NEXT_AT where its header begins; below zero, the complement of a fate. */
function network(type: i32, end: i32, wireEnd: i32): i32 {
  let frames: i32 = 0
  while (type === ETHERTYPE_BRIDGED && frames++ < DEPTH_MAX) type = ethernet(getI32(NEXT_AT), end)
  if (type < 0) return ~type
  const at = getI32(NEXT_AT)
  setI32(IP_AT, at)
  if (type === ETHERTYPE_IPV4) return ipv4(at, end, wireEnd)
  return type === ETHERTYPE_BRIDGED ? Fate.UnsupportedEthertype : ipv6(at, end, wireEnd)
}

function ipv4(at: i32, end: i32, wireEnd: i32): i32 {
  if (at + IPV4_BYTES_MIN > end) return Fate.TruncatedIpv4
  const header = (getU8(at) & 0xf) << 2
  if (getU8(at) >> 4 !== 4 || header < IPV4_BYTES_MIN) return Fate.MalformedIpv4
  if (at + header > end) return Fate.TruncatedIpv4
  const total = getNet16(at + 2)
  // Segmentation offload leaves the length of what the host itself sends at zero: then the frame counts.
  if (total !== 0 && total < header) return Fate.MalformedIpv4
  setI32(PACKET_END, total === 0 ? wireEnd : boundedEnd(at + total, wireEnd))
  setI32(TTL, getU8(at + 8))
  setI32(IP_ID, getNet16(at + 4))
  setI32(KEY_KIND, getU8(at + 9))
  setI32(KEY_LOW, getNet32(at + 12))
  setI32(KEY_HIGH, getNet32(at + 16))
  setI32(HEADER_AT, at + header)
  if (!addsUp(at, header)) setI32(NOTES, getI32(NOTES) | Note.ChecksumIpv4)
  if ((getNet16(at + 6) & 0x3fff) !== 0) return Fate.Fragment
  return transport(getU8(at + 9), at + header, end)
}

/** RFC 1071: the 16-bit words of a header with the right checksum add up to all ones, with the carry. */
function addsUp(at: i32, bytes: i32): boolean {
  let sum: i32 = 0
  for (let next = at; next < at + bytes; next += 4) {
    const words = getNet32(next)
    sum += (words >>> 16) + (words & 0xffff)
  }
  return (sum >>> 16) + (sum & 0xffff) === 0xffff
}

function ipv6(at: i32, end: i32, wireEnd: i32): i32 {
  if (at + IPV6_BYTES > end) return Fate.TruncatedIpv6
  if (getU8(at) >> 4 !== 6) return Fate.MalformedIpv6
  const total = getNet16(at + 4)
  setI32(PACKET_END, total === 0 ? wireEnd : boundedEnd(at + IPV6_BYTES + total, wireEnd))
  setI32(TTL, getU8(at + 7))
  setI32(IP_ID, 0)
  setI32(ADDRESSES_AT, at + 8)
  return extensions(getU8(at + 6), at + IPV6_BYTES, end)
}

/** Passes over extension headers (RFC 8200, 4; RFC 4302), each of which moves on by at least 8 bytes. */
function extensions(protocol: i32, at: i32, end: i32): i32 {
  while (isExtension(protocol)) {
    if (at + 8 > end) return Fate.TruncatedIpv6
    const bytes = extensionBytes(protocol, at)
    if (at + bytes > end) return Fate.TruncatedIpv6
    if (protocol === FRAGMENT && (getNet16(at + 2) & 0xfff9) !== 0) {
      setI32(KEY_KIND, protocol | KIND_V6)
      setI32(HEADER_AT, at)
      return Fate.Fragment
    }
    if (protocol === ROUTING) takeFinalAddress(at, bytes)
    if (protocol === DESTINATION_OPTIONS) takeHomeAddress(at, bytes)
    protocol = getU8(at)
    at += bytes
  }
  setI32(KEY_KIND, protocol | KIND_V6)
  setI32(HEADER_AT, at)
  return transport(protocol, at, end)
}

/** Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6 (IANA). */
function isExtension(protocol: i32): boolean {
  return (
    protocol === HOP_BY_HOP ||
    protocol === ROUTING ||
    protocol === FRAGMENT ||
    protocol === AUTHENTICATION ||
    protocol === DESTINATION_OPTIONS ||
    protocol === 135 ||
    protocol === 139 ||
    protocol === 140
  )
}

function extensionBytes(protocol: i32, at: i32): i32 {
  if (protocol === FRAGMENT) return 8
  return protocol === AUTHENTICATION ? (getU8(at + 1) + 2) << 2 : (getU8(at + 1) + 1) << 3
}

/** A source route names its last stop (RFC 2460, 4.4; RFC 6275, 6.4; RFC 8754): that is the other end. */
function takeFinalAddress(at: i32, bytes: i32): void {
  const type = getU8(at + 2)
  const isRoute = getU8(at + 3) > 0 && (type === 0 || type === 2 || type === 4)
  if (!isRoute || bytes < 8 + ADDRESS_BYTES) return
  const last = type === 4 ? at + 8 : at + 8 + (((bytes - 8) >> 4) - 1) * ADDRESS_BYTES
  replaceAddress(ADDRESS_BYTES, last)
}

/** A mobile node says who it is at home in an option (RFC 6275, 6.3): that is this end. */
function takeHomeAddress(at: i32, bytes: i32): void {
  let option = at + 2
  for (let options: i32 = 0; option + 2 <= at + bytes && options < OPTIONS_MAX; options++) {
    const type = getU8(option)
    const length = type === 0 ? -1 : getU8(option + 1)
    if (type === OPTION_HOME_ADDRESS && length === ADDRESS_BYTES && option + 18 <= at + bytes)
      replaceAddress(0, option + 2)
    option += 2 + length
  }
}

/** Puts another address in the place of the source (0) or target (16), in a copy of the two. */
function replaceAddress(place: i32, by: i32): void {
  if (getI32(ADDRESSES_AT) !== SCRATCH_ADDRESSES)
    copyBytes(SCRATCH_ADDRESSES, getI32(ADDRESSES_AT), 2 * ADDRESS_BYTES)
  copyBytes(SCRATCH_ADDRESSES + place, by, ADDRESS_BYTES)
  setI32(ADDRESSES_AT, SCRATCH_ADDRESSES)
}

/** The end that the IP header claims, unless the frame was shorter: then the claim is counted and ignored. */
function boundedEnd(claimed: i32, wireEnd: i32): i32 {
  if (claimed <= wireEnd) return claimed
  setI32(NOTES, getI32(NOTES) | Note.LengthBeyondFrame)
  return wireEnd
}

function transport(protocol: i32, at: i32, end: i32): i32 {
  if (protocol === PROTOCOL_TCP) return tcpHeader(at, end)
  if (protocol === PROTOCOL_UDP) return udpHeader(at, end)
  const isV6 = (getI32(KEY_KIND) & KIND_V6) !== 0
  if (protocol === PROTOCOL_ICMP && !isV6) return icmp(at, end)
  if (protocol === PROTOCOL_ICMP6 && isV6) return icmp6(at, end)
  if (protocol === PROTOCOL_IGMP) return Fate.NoFlowIgmp
  const isTunnel =
    protocol === PROTOCOL_IPIP || protocol === PROTOCOL_IPV6 || protocol === PROTOCOL_GRE
  if (isTunnel && getI32(DEPTH) < DEPTH_MAX) return Fate.Tunnel
  setI32(PAYLOAD_BYTES, getI32(PACKET_END) - at)
  return key(0, 0)
}

function tcpHeader(at: i32, end: i32): i32 {
  if (at + TCP_BYTES_MIN > getI32(PACKET_END)) return Fate.MalformedTransport
  if (at + TCP_BYTES_MIN > end) return Fate.TruncatedTransport
  const header = (getU8(at + 12) >> 4) << 2
  if (header < TCP_BYTES_MIN || at + header > getI32(PACKET_END)) return Fate.MalformedTransport
  if (at + header > end) return Fate.TruncatedTransport
  notePayload(at + header, end)
  return key(getNet16(at), getNet16(at + 2))
}

function udpHeader(at: i32, end: i32): i32 {
  if (at + UDP_BYTES > getI32(PACKET_END)) return Fate.MalformedTransport
  if (at + UDP_BYTES > end) return Fate.TruncatedTransport
  if (isTunnelPort(getNet16(at + 2)) && getI32(DEPTH) < DEPTH_MAX) return Fate.Tunnel
  notePayload(at + UDP_BYTES, end)
  return key(getNet16(at), getNet16(at + 2))
}

/** VXLAN (IANA's port and Linux's first one) and GENEVE. */
export function isTunnelPort(port: i32): boolean {
  return port === 4789 || port === 8472 || port === 6081
}

function notePayload(at: i32, end: i32): void {
  setI32(PAYLOAD_AT, at)
  const packetEnd = getI32(PACKET_END)
  setI32(PAYLOAD_BYTES, packetEnd > at ? packetEnd - at : 0)
  if (packetEnd > end) setI32(NOTES, getI32(NOTES) | Note.Snapped)
}

/** Errors quote another packet: they are evidence about its flow. All else is a flow by type and code. */
function icmp(at: i32, end: i32): i32 {
  if (at + ICMP_BYTES > getI32(PACKET_END)) return Fate.MalformedTransport
  if (at + ICMP_BYTES > end) return Fate.TruncatedTransport
  const type = getU8(at)
  setI32(PAYLOAD_BYTES, getI32(PACKET_END) - at - ICMP_BYTES)
  if (type === 3 || type === 4 || type === 5 || type === 11 || type === 12)
    return Fate.NoFlowIcmpError
  return icmpKey(type, icmpReply(type), getU8(at + 1))
}

function icmp6(at: i32, end: i32): i32 {
  if (at + ICMP_BYTES > getI32(PACKET_END)) return Fate.MalformedTransport
  if (at + ICMP_BYTES > end) return Fate.TruncatedTransport
  const type = getU8(at)
  setI32(PAYLOAD_BYTES, getI32(PACKET_END) - at - ICMP_BYTES)
  if (type < 128) return Fate.NoFlowIcmpError
  // Multicast listener and neighbour discovery (RFC 2710, 3810, 4861): the housekeeping of a link.
  if ((type >= 130 && type <= 137) || type === 143) return Fate.NoFlowNeighbour
  return icmpKey(type, icmp6Reply(type), getU8(at + 1))
}

/** Two-way types stand as (own type, other side's type), one-way types as (type, code): Community ID v1. */
function icmpKey(type: i32, reply: i32, code: i32): i32 {
  return key(type, reply < 0 ? code : reply)
}

/** The type on the other side of an exchange; -1 when there is none. */
function icmpReply(type: i32): i32 {
  if (type === 0) return 8
  if (type === 8) return 0
  if (type === 9) return 10
  if (type === 10) return 9
  if (type >= 13 && type <= 18) return type & 1 ? type + 1 : type - 1
  return -1
}

function icmp6Reply(type: i32): i32 {
  if (type === 128) return 129
  if (type === 129) return 128
  if (type === 139) return 140
  if (type === 140) return 139
  return -1
}

/** Orders the two ends, so that both directions have one key: the lower address first, then the lower port. */
export function key(sourcePort: i32, targetPort: i32): i32 {
  if ((getI32(KEY_KIND) & KIND_V6) !== 0 && !numberAddresses(getI32(ADDRESSES_AT)))
    return Fate.Unflowed
  const source = getI32(KEY_LOW)
  const target = getI32(KEY_HIGH)
  const isFromHigh = above(source, target) || (source === target && sourcePort > targetPort)
  setI32(FROM_HIGH, isFromHigh ? 1 : 0)
  if (isFromHigh) {
    setI32(KEY_LOW, target)
    setI32(KEY_HIGH, source)
    setI32(KEY_PORTS, (targetPort << 16) | sourcePort)
  } else {
    setI32(KEY_PORTS, (sourcePort << 16) | targetPort)
  }
  if (getI32(VLAN_IN_KEY) !== 0) setI32(KEY_KIND, getI32(KEY_KIND) | (getI32(VLAN) << 16))
  return Fate.InFlow
}

/** Numbers the two IPv6 addresses at `at`; false when the table has no room. */
function numberAddresses(at: i32): boolean {
  const source = addressNumber(at)
  if (source < 0) return false
  const target = addressNumber(at + ADDRESS_BYTES)
  if (target < 0) forgetIfUnused(source)
  setI32(KEY_LOW, source)
  setI32(KEY_HIGH, target)
  return target >= 0
}
