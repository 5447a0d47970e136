// Packets that a Linux firewall logged: a family and version, then attributes, of which one is the packet.
// https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html

import type { Carried, LinkFrame, Uncarried } from './link-frame.ts'

const HEADER_BYTES = 4
const ATTRIBUTE_BYTES = 4
const ATTRIBUTE_PACKET = 9
const FAMILY_IPV4 = 2
const FAMILY_IPV6 = 10
const IPV4 = 0x0800
const IPV6 = 0x86dd

/**
 * LINKTYPE 239. Attributes are in the byte order of the machine that captured, which no field tells: the
 * order in which they lead to a packet is the right one.
 */
export function nflog(frame: LinkFrame): Carried | Uncarried {
  const { view, at, end } = frame
  if (at + HEADER_BYTES > end) return 'truncated'
  const family = view.getUint8(at)
  if (family !== FAMILY_IPV4 && family !== FAMILY_IPV6) return 'unread'
  const packet = packetIn(frame, true) ?? packetIn(frame, false)
  if (packet === undefined) return 'truncated'
  return { type: family === FAMILY_IPV4 ? IPV4 : IPV6, ...packet }
}

/** Each attribute moves on by at least four bytes. */
function packetIn({ view, at, end, wireEnd }: LinkFrame, isLittle: boolean) {
  for (let next = at + HEADER_BYTES; next + ATTRIBUTE_BYTES <= end; ) {
    const bytes = view.getUint16(next, isLittle)
    const isPacket = view.getUint16(next + 2, isLittle) === ATTRIBUTE_PACKET
    if (bytes < ATTRIBUTE_BYTES || next + bytes > wireEnd) return undefined
    if (isPacket) return { at: next + ATTRIBUTE_BYTES, wireEnd: next + bytes }
    next += (bytes + 3) & ~3
  }
  return undefined
}
