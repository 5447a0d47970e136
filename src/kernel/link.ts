// From a frame to the IP header in it: Ethernet (IEEE 802.3) with VLAN tags (802.1Q, 802.1ad), LLC and
// SNAP (802.2), MPLS (RFC 3032), PPPoE (RFC 2516), PPP (RFC 1661), Linux cooked captures, BSD loopback and
// raw IP (https://www.tcpdump.org/linktypes.html). One length check per header.

import { Fate, NEXT_AT, VLAN } from './layout.ts'
import { getI32, getNet16, getNet32, getU8, setI32 } from './memory.ts'

export const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
/** Transparent Ethernet bridging: a whole Ethernet frame follows. */
export const ETHERTYPE_BRIDGED = 0x6558
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_RARP = 0x8035
const ETHERTYPE_MIN = 0x0600

const LINK_NULL = 0
const LINK_ETHERNET = 1
const LINK_PPP = 9
const LINK_RAW_OLD = 12
const LINK_RAW_OPENBSD = 14
const LINK_RAW = 101
const LINK_LOOP = 108
const LINK_COOKED = 113
const LINK_IPV4 = 228
const LINK_IPV6 = 229
const LINK_COOKED_2 = 276

const ETHERNET_BYTES = 14
const TAG_BYTES = 4
const TAGS_MAX = 8
const LABEL_BYTES = 4
const LABELS_MAX = 16
const PPPOE_BYTES = 6
const COOKED_BYTES = 16
const COOKED_2_BYTES = 20

/**
 * The ethertype of what the frame in [at, end) carries, with NEXT_AT set to where that begins; a value
 * below zero is the complement (~) of the fate of a frame that carries no IP.
 */
export function linkLayer(at: i32, end: i32, link: i32): i32 {
  if (link === LINK_ETHERNET) return ethernet(at, end)
  if (link === LINK_COOKED) return cooked(at, end, COOKED_BYTES, 14)
  if (link === LINK_COOKED_2) return cooked(at, end, COOKED_2_BYTES, 0)
  if (link === LINK_NULL || link === LINK_LOOP) return loopback(at, end, link === LINK_LOOP)
  if (link === LINK_PPP) return ppp(at, end)
  if (link === LINK_IPV4) return following(at, ETHERTYPE_IPV4)
  if (link === LINK_IPV6) return following(at, ETHERTYPE_IPV6)
  if (link === LINK_RAW || link === LINK_RAW_OLD || link === LINK_RAW_OPENBSD) return raw(at, end)
  return isReadElsewhere(link) ? ~Fate.Link : ~Fate.UnsupportedLink
}

/** FDDI, LLC, 802.11 bare and behind its receivers' headers, NFLOG: rare, so the slow path reads them. */
function isReadElsewhere(link: i32): boolean {
  return (
    link === 10 ||
    link === 100 ||
    link === 105 ||
    link === 119 ||
    link === 127 ||
    link === 163 ||
    link === 239
  )
}

export function ethernet(at: i32, end: i32): i32 {
  if (at + ETHERNET_BYTES > end) return ~Fate.TruncatedLink
  return ethertype(getNet16(at + 12), at + ETHERNET_BYTES, end, false)
}

/** What follows an ethertype: tags and labels are passed over, link housekeeping ends here in peace. */
export function ethertype(type: i32, at: i32, end: i32, isInSnap: boolean): i32 {
  for (let tags: i32 = 0; isTag(type) && tags < TAGS_MAX; tags++) {
    if (at + TAG_BYTES > end) return ~Fate.TruncatedLink
    const id = getNet16(at) & 0xfff
    // Id 0 only carries a priority (802.1Q, 9.6).
    if (id !== 0 && getI32(VLAN) === 0) setI32(VLAN, id + 1)
    type = getNet16(at + 2)
    at += TAG_BYTES
  }
  setI32(NEXT_AT, at)
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 || type === ETHERTYPE_BRIDGED) return type
  if (type === 0x8847 || type === 0x8848) return labels(at, end)
  if (type === 0x8864) return pppoe(at, end)
  if (type < ETHERTYPE_MIN) return isInSnap ? ~Fate.NoFlowLinkControl : linkControl(at, end)
  if (type === ETHERTYPE_ARP || type === ETHERTYPE_RARP) return ~Fate.NoFlowArp
  return isHousekeeping(type) ? ~Fate.NoFlowLinkControl : ~Fate.UnsupportedEthertype
}

function following(at: i32, type: i32): i32 {
  setI32(NEXT_AT, at)
  return type
}

function isTag(type: i32): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100
}

/** Below the bottom label lies IP, or a bridged frame behind a pseudo-wire's control word (RFC 4385). */
function labels(at: i32, end: i32): i32 {
  for (let count: i32 = 0; count < LABELS_MAX; count++) {
    if (at + LABEL_BYTES + 1 > end) return ~Fate.TruncatedLink
    const isBottom = (getU8(at + 2) & 1) !== 0
    at += LABEL_BYTES
    if (!isBottom) continue
    const version = getU8(at) >> 4
    if (version === 4) return following(at, ETHERTYPE_IPV4)
    if (version === 6) return following(at, ETHERTYPE_IPV6)
    return version === 0
      ? following(at + LABEL_BYTES, ETHERTYPE_BRIDGED)
      : ~Fate.UnsupportedEthertype
  }
  return ~Fate.UnsupportedEthertype
}

function pppoe(at: i32, end: i32): i32 {
  if (at + PPPOE_BYTES > end) return ~Fate.TruncatedLink
  return ppp(at + PPPOE_BYTES, end)
}

/** Address and control field are optional, and a protocol number may be cut to one odd byte (RFC 1661, 6.5). */
function ppp(at: i32, end: i32): i32 {
  if (at + 4 > end) return ~Fate.TruncatedLink
  if (getNet16(at) === 0xff03) at += 2
  const isShort = (getU8(at) & 1) !== 0
  const protocol = isShort ? getU8(at) : getNet16(at)
  at += isShort ? 1 : 2
  if (protocol === 0x21) return following(at, ETHERTYPE_IPV4)
  if (protocol === 0x57) return following(at, ETHERTYPE_IPV6)
  // Control protocols set the link up; the rest may carry IP compressed or encrypted.
  return protocol >= 0x8000 ? ~Fate.NoFlowLinkControl : ~Fate.UnsupportedEthertype
}

/** LLC: STP (42), IS-IS (fe), IPX (e0, ff) and the SNAP protocols of vendors (CDP, VTP, ...) are housekeeping. */
function linkControl(at: i32, end: i32): i32 {
  if (at + 3 > end) return ~Fate.TruncatedLink
  const sap = getU8(at)
  if (sap === 0x06) return following(at + 3, ETHERTYPE_IPV4)
  if (sap !== 0xaa) return ~Fate.NoFlowLinkControl
  if (at + 8 > end) return ~Fate.TruncatedLink
  const organisation = getNet32(at + 2) & 0xffffff
  if (organisation !== 0) return ~Fate.NoFlowLinkControl
  return ethertype(getNet16(at + 6), at + 8, end, true)
}

function cooked(at: i32, end: i32, header: i32, protocol: i32): i32 {
  if (at + header > end) return ~Fate.TruncatedLink
  const type = getNet16(at + protocol)
  // Below 0x600 the field names a frame without ethertype: 4 is LLC, as on Ethernet.
  return type === 4 || type >= ETHERTYPE_MIN
    ? ethertype(type === 4 ? 0 : type, at + header, end, false)
    : ~Fate.UnsupportedLink
}

/** An address family in the byte order of the machine that captured; LINKTYPE_LOOP says network order. */
function loopback(at: i32, end: i32, isNetworkOrder: boolean): i32 {
  if (at + 4 > end) return ~Fate.TruncatedLink
  const family = isNetworkOrder || getU8(at) === 0 ? getU8(at + 3) : getU8(at)
  if (family === 2) return following(at + 4, ETHERTYPE_IPV4)
  // AF_INET6 of the BSDs, of macOS, of Linux and of Windows.
  if (family === 24 || family === 28 || family === 30 || family === 10 || family === 23)
    return following(at + 4, ETHERTYPE_IPV6)
  return ~Fate.UnsupportedLink
}

function raw(at: i32, end: i32): i32 {
  if (at + 1 > end) return ~Fate.TruncatedLink
  const version = getU8(at) >> 4
  if (version === 4) return following(at, ETHERTYPE_IPV4)
  return version === 6 ? following(at, ETHERTYPE_IPV6) : ~Fate.UnsupportedLink
}

/** Ethertypes that run or watch a link and carry nobody's data: LLDP, LACP, EAPOL, PTP, CFM and their kin. */
function isHousekeeping(type: i32): boolean {
  return (
    type === 0x88cc || // LLDP
    type === 0x8809 || // slow protocols: LACP
    type === 0x888e || // EAPOL
    type === 0x88c7 || // EAPOL pre-authentication
    type === 0x8863 || // PPPoE discovery
    type === 0x9000 || // loopback test
    type === 0x88f7 || // PTP
    type === 0x8902 || // CFM
    type === 0x8808 || // flow control
    type === 0x8892 || // PROFINET
    type === 0x0842 || // Wake-on-LAN
    type === 0x88e1 || // HomePlug
    type === 0x893a || // IEEE 1905
    type === 0x22f0 || // AVTP
    type === 0x6002 || // DEC MOP
    type === 0x6007 // DEC LAVC
  )
}
