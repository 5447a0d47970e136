// Packets within packets, and within frames of rare links: the slow path looks for the inner header of what
// the kernel handed over, and the kernel goes on there.

import { wireEndOf } from '../kernel/decode.ts'
import { enter, setAside, stayOutside } from '../kernel/kernel.ts'
import {
  CAPTURED_END,
  Fate,
  HEADER_AT,
  KEY_KIND,
  PACKET_AT,
  PACKET_CAPTURED,
  PACKET_END,
  PACKET_LINK,
  PACKET_WIRE,
  STOP_PACKET,
} from '../kernel/layout.ts'
import { getI32, memory } from '../kernel/memory.ts'
import { carriedBy } from '../wire/link.ts'
import { innerOf } from '../wire/tunnel.ts'

/** Fates of the words with which wire/link.ts gives up. */
const FATES = {
  truncated: Fate.TruncatedLink,
  housekeeping: Fate.NoFlowLinkControl,
  encrypted: Fate.UnsupportedEncrypted,
  fragment: Fate.NoFlowFragment,
  unread: Fate.UnsupportedLink,
} as const

const view = new DataView(memory)

/** Settles a Stop.Tunnel: in at the wrapped packet, or a flow of the outer header. */
export function unwrap(): void {
  const end = getI32(CAPTURED_END)
  const inner = innerOf(view, getI32(KEY_KIND) & 0xff, getI32(HEADER_AT), end)
  if (inner === undefined) stayOutside()
  else enter(inner.type, inner.at, end, getI32(PACKET_END))
}

/** Settles a Stop.Link: in at what the frame carries, or its fate says why not. */
export function unwrapLink(): void {
  const index = 4 * getI32(STOP_PACKET)
  const at = getI32(PACKET_AT + index)
  const end = at + getI32(PACKET_CAPTURED + index)
  const wireEnd = wireEndOf(at, getI32(PACKET_WIRE + index))
  const carried = carriedBy(getI32(PACKET_LINK + index), { view, at, end, wireEnd })
  if (typeof carried === 'string') setAside(FATES[carried])
  else enter(carried.type, carried.at, Math.min(end, carried.wireEnd), carried.wireEnd)
}
