// Link layers that the kernel leaves to the slow path: what a frame of theirs carries, and where.
// https://www.tcpdump.org/linktypes.html

import { type Carried, type LinkFrame, LLC, type Uncarried } from './link-frame.ts'
import { nflog } from './nflog.ts'
import { avs, prism, radiotap, wireless } from './radio.ts'

const FDDI_HEADER_BYTES = 13

/** By LINKTYPE. */
const LINKS: ReadonlyMap<number, (frame: LinkFrame) => Carried | Uncarried> = new Map([
  [10, fddi],
  [100, llc],
  [105, wireless],
  [119, prism],
  [127, radiotap],
  [163, avs],
  [239, nflog],
])

/** What the frame of a link type carries, or why it is left at that. */
export function carriedBy(link: number, frame: LinkFrame): Carried | Uncarried {
  return LINKS.get(link)?.(frame) ?? 'unread'
}

/** FDDI, ISO 9314-2: frame control, two addresses, then LLC in the frames that carry data. */
function fddi({ view, at, end, wireEnd }: LinkFrame): Carried | Uncarried {
  if (at + FDDI_HEADER_BYTES > end) return 'truncated'
  // The highest bit tells synchronous from asynchronous, the lowest three are a priority.
  const isData = (view.getUint8(at) & 0x78) === 0x50
  return isData ? { type: LLC, at: at + FDDI_HEADER_BYTES, wireEnd } : 'housekeeping'
}

/** ATM's classical form, RFC 2684, 5: nothing stands before the LLC header. */
function llc({ at, wireEnd }: LinkFrame): Carried {
  return { type: LLC, at, wireEnd }
}
