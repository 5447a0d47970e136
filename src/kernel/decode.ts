// Frame -> flow key, in the registers. Ethernet (IEEE 802.3) with VLAN tags (802.1Q, 802.1ad), IPv4
// (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792, RFC 4443).
// One length check per header, then reads that cannot fail: nothing past `end` is ever looked at.

import { addressNumber, forgetIfUnused } from './addresses.ts'
import {
  ADDRESSES_AT,
  COUNTERS,
  Count,
  Fate,
  FROM_HIGH,
  HEADER_AT,
  IP_ID,
  KEY_HIGH,
  KEY_KIND,
  KEY_LOW,
  KEY_PORTS,
  KIND_V6,
  PAYLOAD_BYTES,
  TTL,
  VLAN,
  VLAN_IN_KEY,
} from './layout.ts'
import { above, add, getI32, getNet16, getNet32, getU8, setI32 } from './memory.ts'

const LINK_ETHERNET = 1
const ETHERNET_BYTES = 14
const TAG_BYTES = 4
const TAGS_MAX = 8
const IPV4_BYTES_MIN = 20
const IPV6_BYTES = 40
const EXTENSIONS_MAX = 8
const TCP_BYTES_MIN = 20
const UDP_BYTES = 8
const ICMP_BYTES = 4

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_RARP = 0x8035
const ETHERTYPE_IPV6 = 0x86dd
const ETHERTYPE_MIN = 0x0600

const PROTOCOL_ICMP = 1
const PROTOCOL_IGMP = 2
export const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17
const PROTOCOL_ICMP6 = 58

/** Decodes the frame in [at, end), `wire` bytes long on the wire; its fate, or Fate.InFlow with the key set. */
export function decode(at: i32, end: i32, wire: i32, link: i32): i32 {
  setI32(VLAN, 0)
  if (link !== LINK_ETHERNET) return Fate.UnsupportedLink
  if (at + ETHERNET_BYTES > end) return Fate.TruncatedLink
  const wireEnd = at + wire
  let type = getNet16(at + 12)
  let next = at + ETHERNET_BYTES
  for (let tags: i32 = 0; isTag(type) && tags < TAGS_MAX; tags++) {
    if (next + TAG_BYTES > end) return Fate.TruncatedLink
    if (tags === 0) setI32(VLAN, (getNet16(next) & 0xfff) + 1)
    type = getNet16(next + 2)
    next += TAG_BYTES
  }
  if (type === ETHERTYPE_IPV4) return ipv4(next, end, wireEnd)
  if (type === ETHERTYPE_IPV6) return ipv6(next, end, wireEnd)
  return withoutIp(type, next, end)
}

function isTag(type: i32): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100
}

/** Frames that carry no IP: link housekeeping ends here in peace, what might hide IP is unsupported. */
function withoutIp(type: i32, at: i32, end: i32): i32 {
  if (type === ETHERTYPE_ARP || type === ETHERTYPE_RARP) return Fate.NoFlowArp
  if (type >= ETHERTYPE_MIN)
    return isLinkControl(type) ? Fate.NoFlowLinkControl : Fate.UnsupportedEthertype
  if (at + 3 > end) return Fate.TruncatedLink
  return linkLayerControl(at, end)
}

/** 802.3 with LLC: STP (42), IS-IS (fe), Novell IPX (ff, e0) and SNAP's Cisco protocols are housekeeping. */
function linkLayerControl(at: i32, end: i32): i32 {
  const sap = getU8(at)
  if (sap !== 0xaa) return sap === 0x06 ? Fate.UnsupportedLlc : Fate.NoFlowLinkControl
  if (at + 8 > end) return Fate.TruncatedLink
  const isEncapsulatedEthernet = (getNet32(at + 3) & 0xffffff00) === 0
  return isEncapsulatedEthernet ? Fate.UnsupportedLlc : Fate.NoFlowLinkControl
}

/** LLDP, slow protocols (LACP), EAPOL, loopback, MACsec key agreement, PTP, CFM, profinet, WoL, HomePlug ... */
function isLinkControl(type: i32): boolean {
  return (
    type === 0x88cc ||
    type === 0x8809 ||
    type === 0x888e ||
    type === 0x9000 ||
    type === 0x88f7 ||
    type === 0x8902 ||
    type === 0x8892 ||
    type === 0x0842 ||
    type === 0x88e1 ||
    type === 0x893a ||
    type === 0x8808 ||
    type === 0x22f0 ||
    type === 0x6002 ||
    type === 0x6007
  )
}

function ipv4(at: i32, end: i32, wireEnd: i32): i32 {
  if (at + IPV4_BYTES_MIN > end) return Fate.TruncatedIpv4
  const header = (getU8(at) & 0xf) << 2
  if (getU8(at) >> 4 !== 4 || header < IPV4_BYTES_MIN) return Fate.MalformedIpv4
  if (at + header > end) return Fate.TruncatedIpv4
  const total = getNet16(at + 2)
  // Segmentation offload leaves the length of what the host itself sends at zero: then the frame counts.
  if (total !== 0 && total < header) return Fate.MalformedIpv4
  const packetEnd = total === 0 ? wireEnd : boundedEnd(at + total, wireEnd)
  setI32(TTL, getU8(at + 8))
  setI32(IP_ID, getNet16(at + 4))
  const protocol = getU8(at + 9)
  if ((getNet16(at + 6) & 0x1fff) !== 0) return Fate.UnsupportedFragment
  setI32(KEY_KIND, protocol)
  setI32(KEY_LOW, getNet32(at + 12))
  setI32(KEY_HIGH, getNet32(at + 16))
  return transport(protocol, at + header, end, packetEnd)
}

function ipv6(at: i32, end: i32, wireEnd: i32): i32 {
  if (at + IPV6_BYTES > end) return Fate.TruncatedIpv6
  if (getU8(at) >> 4 !== 6) return Fate.MalformedIpv6
  const total = getNet16(at + 4)
  const packetEnd = total === 0 ? wireEnd : boundedEnd(at + IPV6_BYTES + total, wireEnd)
  setI32(TTL, getU8(at + 7))
  setI32(IP_ID, 0)
  let protocol = getU8(at + 6)
  let next = at + IPV6_BYTES
  for (let headers: i32 = 0; isExtension(protocol); headers++) {
    if (headers === EXTENSIONS_MAX) return Fate.MalformedIpv6
    if (next + 8 > end) return Fate.TruncatedIpv6
    if (protocol === 44 && (getNet16(next + 2) & 0xfff8) !== 0) return Fate.UnsupportedFragment
    const isFragmentHeader = protocol === 44
    protocol = getU8(next)
    next += isFragmentHeader ? 8 : (getU8(next + 1) + 1) << 3
  }
  setI32(KEY_KIND, protocol | KIND_V6)
  setI32(ADDRESSES_AT, at + 8)
  return transport(protocol, next, end, packetEnd)
}

/** Hop-by-hop, routing, fragment, destination options, mobility, HIP, shim6 (IANA). */
function isExtension(protocol: i32): boolean {
  return (
    protocol === 0 ||
    protocol === 43 ||
    protocol === 44 ||
    protocol === 60 ||
    protocol === 135 ||
    protocol === 139 ||
    protocol === 140
  )
}

/** The end that the IP header claims, unless the frame was shorter: then the claim is counted and ignored. */
function boundedEnd(claimed: i32, wireEnd: i32): i32 {
  if (claimed <= wireEnd) return claimed
  add(COUNTERS + 8 * Count.LengthBeyondFrame, 1)
  return wireEnd
}

function transport(protocol: i32, at: i32, end: i32, packetEnd: i32): i32 {
  setI32(HEADER_AT, at)
  if (protocol === PROTOCOL_TCP) return tcpHeader(at, end, packetEnd)
  if (protocol === PROTOCOL_UDP) return udpHeader(at, end, packetEnd)
  if (protocol === PROTOCOL_ICMP) return icmp(at, end, packetEnd)
  if (protocol === PROTOCOL_ICMP6) return icmp6(at, end, packetEnd)
  if (protocol === PROTOCOL_IGMP) return Fate.NoFlowIgmp
  setI32(PAYLOAD_BYTES, packetEnd - at)
  return key(0, 0)
}

/** Options cut off by the snap length do not matter: ports, flags and numbers are in the first 20 bytes. */
function tcpHeader(at: i32, end: i32, packetEnd: i32): i32 {
  if (at + TCP_BYTES_MIN > end) return Fate.TruncatedTransport
  const header = (getU8(at + 12) >> 4) << 2
  if (header < TCP_BYTES_MIN) return Fate.MalformedTransport
  const payload = packetEnd - at - header
  setI32(PAYLOAD_BYTES, Math.max(payload, 0))
  if (packetEnd > end) add(COUNTERS + 8 * Count.Snapped, 1)
  return key(getNet16(at), getNet16(at + 2))
}

function udpHeader(at: i32, end: i32, packetEnd: i32): i32 {
  if (at + UDP_BYTES > end) return Fate.TruncatedTransport
  const payload = packetEnd - at - UDP_BYTES
  setI32(PAYLOAD_BYTES, Math.max(payload, 0))
  if (packetEnd > end) add(COUNTERS + 8 * Count.Snapped, 1)
  return key(getNet16(at), getNet16(at + 2))
}

/** Errors quote another packet: they are evidence about its flow. All else is a flow by type and code. */
function icmp(at: i32, end: i32, packetEnd: i32): i32 {
  if (at + ICMP_BYTES > end) return Fate.TruncatedTransport
  const type = getU8(at)
  setI32(PAYLOAD_BYTES, packetEnd - at - ICMP_BYTES)
  if (type === 3 || type === 4 || type === 5 || type === 11 || type === 12)
    return Fate.NoFlowIcmpError
  return icmpKey(type, icmpReply(type), getU8(at + 1))
}

function icmp6(at: i32, end: i32, packetEnd: i32): i32 {
  if (at + ICMP_BYTES > end) return Fate.TruncatedTransport
  const type = getU8(at)
  setI32(PAYLOAD_BYTES, packetEnd - at - ICMP_BYTES)
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
  const target = addressNumber(at + 16)
  if (target < 0) forgetIfUnused(source)
  setI32(KEY_LOW, source)
  setI32(KEY_HIGH, target)
  return target >= 0
}
