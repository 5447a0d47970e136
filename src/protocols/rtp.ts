// RTP: voice and video, RFC 3550, 5.1. The header says little, so that it takes several messages, each the
// sequel of the one before, to be sure.

import { u16, u32 } from './bytes.ts'
import { type DatagramRecogniser, Sender } from './recogniser.ts'

const HEADER_BYTES = 12
const SOURCE_AT = 8
const [PADDING, EXTENSION] = [0x20, 0x10]
/** RFC 3551, 6: static types, and those that are agreed upon. */
const [STATIC_TYPE_MAX, DYNAMIC_TYPE_MIN] = [34, 96]
const [AHEAD_MAX, LATE_MAX] = [100, 20]

export const rtp: DatagramRecogniser = {
  name: 'rtp',
  needed: 4,
  later: 'reports',

  sender(bytes, at, end) {
    if (end - at <= HEADER_BYTES) return Sender.Nobody
    const first = bytes[at] as number
    if (first >> 6 !== 2) return Sender.Nobody
    const type = (bytes[at + 1] as number) & 0x7f
    if (type > STATIC_TYPE_MAX && type < DYNAMIC_TYPE_MIN) return Sender.Nobody
    // Sources draw their number at random; where DNS and its kin look like RTP, this is what they have.
    if (u32(bytes, at + SOURCE_AT) === 0) return Sender.Nobody
    const sources = at + HEADER_BYTES
    const extension = sources + 4 * (first & 0x0f)
    const payload = (first & EXTENSION) === 0 ? extension : extensionEnd(bytes, extension, end)
    return payload < end - paddingBytes(bytes, first, end) ? Sender.Either : Sender.Nobody
  },

  id: (bytes, at) => u32(bytes, at + SOURCE_AT),

  sequence: (bytes, at) => u16(bytes, at + 2),

  isSequel(before, now) {
    const ahead = (now.sequence - before.sequence) & 0xffff
    return now.id === before.id && (ahead <= AHEAD_MAX || ahead >= 0x10000 - LATE_MAX)
  },
}

/** RFC 3550, 5.3.1: 16 bits of its own, and its length in words. */
const extensionEnd = (bytes: Uint8Array, at: number, end: number): number =>
  at + 4 > end ? end : at + 4 + 4 * u16(bytes, at + 2)

/** The last byte counts itself; a count of 0 leaves no payload that makes sense. */
function paddingBytes(bytes: Uint8Array, first: number, end: number): number {
  if ((first & PADDING) === 0) return 0
  const count = bytes[end - 1] as number
  return count === 0 ? end : count
}
