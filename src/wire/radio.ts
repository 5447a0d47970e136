// 802.11 frames (IEEE 802.11-2020, 9.2 and 9.3), bare or behind what a receiver says of them: radiotap
// (https://www.radiotap.org), AVS, Prism. Data frames carry LLC; all others run the network. Of a frame
// that aggregates several (A-MSDU) the first is read: a captured frame counts as one packet.

import { type Carried, type LinkFrame, LLC, type Uncarried } from './link-frame.ts'

const RADIOTAP_BYTES_MIN = 8
const RADIOTAP_FCS = 0x10
const RADIOTAP_PADDED = 0x20
const FCS_BYTES = 4
const PRISM_BYTES = 144
const AVS_BYTES_MIN = 8
const AVS_MAGIC = 0x80211000

const HEADER_BYTES = 24
const ADDRESS_BYTES = 6
const QOS_BYTES = 2
const HIGH_THROUGHPUT_BYTES = 4
const SUBFRAME_BYTES = 14

const TYPE_DATA = 2
const SUBTYPE_NO_DATA = 0x4
const SUBTYPE_QOS = 0x8
const FLAG_TO_NETWORK = 0x01
const FLAG_FROM_NETWORK = 0x02
const FLAG_PROTECTED = 0x40
const FLAG_ORDER = 0x80
const QOS_AGGREGATE = 0x80

/** LINKTYPE 127. The header tells its length, and whether a check sequence or padding follows. */
export function radiotap({ view, at, end, wireEnd }: LinkFrame): Carried | Uncarried {
  if (at + RADIOTAP_BYTES_MIN > end) return 'truncated'
  const bytes = view.getUint16(at + 2, true)
  if (view.getUint8(at) !== 0 || bytes < RADIOTAP_BYTES_MIN) return 'unread'
  if (at + bytes > end) return 'truncated'
  const flags = radiotapFlags(view, at, at + bytes)
  const frameEnd = (flags & RADIOTAP_FCS) === 0 ? wireEnd : wireEnd - FCS_BYTES
  const frame = { view, at: at + bytes, end, wireEnd: frameEnd }
  return dataOf(frame, (flags & RADIOTAP_PADDED) !== 0)
}

/** LINKTYPE 163, version 1 or 2: the header tells its length. */
export function avs({ view, at, end, wireEnd }: LinkFrame): Carried | Uncarried {
  if (at + AVS_BYTES_MIN > end) return 'truncated'
  if (!isAvs(view, at)) return 'unread'
  const bytes = view.getUint32(at + 4)
  if (bytes < AVS_BYTES_MIN) return 'unread'
  return at + bytes > end ? 'truncated' : wireless({ view, at: at + bytes, end, wireEnd })
}

/** LINKTYPE 119: 144 bytes, unless the driver wrote an AVS header all the same. */
export function prism(frame: LinkFrame): Carried | Uncarried {
  const { view, at, end } = frame
  if (at + AVS_BYTES_MIN <= end && isAvs(view, at)) return avs(frame)
  return at + PRISM_BYTES > end ? 'truncated' : wireless({ ...frame, at: at + PRISM_BYTES })
}

/** LINKTYPE 105: nothing before the frame itself. */
export const wireless = (frame: LinkFrame): Carried | Uncarried => dataOf(frame, false)

/** `isPadded`: the receiver moved the payload to a multiple of four bytes. */
function dataOf({ view, at, end, wireEnd }: LinkFrame, isPadded: boolean): Carried | Uncarried {
  if (at + 2 > end) return 'truncated'
  const control = view.getUint8(at)
  const flags = view.getUint8(at + 1)
  const subtype = control >> 4
  if ((control & 0b11) !== 0) return 'unread'
  const hasData = ((control >> 2) & 0b11) === TYPE_DATA && (subtype & SUBTYPE_NO_DATA) === 0
  if (!hasData) return 'housekeeping'
  const bytes = headerBytes(subtype, flags)
  if (at + bytes > end) return 'truncated'
  if ((flags & FLAG_PROTECTED) !== 0) return 'encrypted'
  if ((view.getUint8(at + 22) & 0xf) !== 0) return 'fragment'
  const payload = at + (isPadded ? (bytes + 3) & ~3 : bytes)
  const isAggregate = isQos(subtype) && (view.getUint8(qosAt(at, flags)) & QOS_AGGREGATE) !== 0
  return { type: LLC, at: isAggregate ? payload + SUBFRAME_BYTES : payload, wireEnd }
}

const isQos = (subtype: number): boolean => (subtype & SUBTYPE_QOS) !== 0

function headerBytes(subtype: number, flags: number): number {
  const base = qosAt(0, flags)
  if (!isQos(subtype)) return base
  return base + QOS_BYTES + ((flags & FLAG_ORDER) === 0 ? 0 : HIGH_THROUGHPUT_BYTES)
}

/** Behind the addresses: three, or four between two access points. */
function qosAt(at: number, flags: number): number {
  const both = FLAG_TO_NETWORK | FLAG_FROM_NETWORK
  return at + HEADER_BYTES + ((flags & both) === both ? ADDRESS_BYTES : 0)
}

/** The flags field stands first, but for a time stamp; 0 where it is missing. */
function radiotapFlags(view: DataView, at: number, end: number): number {
  const present = view.getUint32(at + 4, true)
  if ((present & 0b10) === 0) return 0
  let fields = at + 8
  // Further words of the bitmap follow as long as the highest bit is set.
  while (fields + 4 <= end && view.getUint8(fields - 1) >> 7 === 1) fields += 4
  const hasTime = (present & 1) !== 0
  const flagsAt = hasTime ? at + ((fields - at + 7) & ~7) + 8 : fields
  return flagsAt < end ? view.getUint8(flagsAt) : 0
}

const isAvs = (view: DataView, at: number): boolean =>
  (view.getUint32(at) & 0xfffff000) >>> 0 === AVS_MAGIC
