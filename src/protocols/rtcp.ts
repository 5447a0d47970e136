// RTCP: reports about RTP, several in one datagram. RFC 3550, 6.1 and A.2; reduced ones, RFC 5506, 3.4.2.

import { u16 } from './bytes.ts'
import { type DatagramRecogniser, Sender } from './recogniser.ts'
import { reportsOf } from './rtcp-reports.ts'

const HEADER_BYTES = 4
const PADDING = 0x20
const [SENDER_REPORT, RECEIVER_REPORT] = [200, 201]
/** RFC 4585, 6 and RFC 3611: feedback and extended reports may go alone. */
const [REDUCED_MIN, REDUCED_MAX] = [205, 207]
/** RFC 5761, 4: types beyond these would look like RTP. */
const [TYPE_MIN, TYPE_MAX] = [194, 213]
/** Header, who reports, and what the sender counted. */
const [SENDER_BYTES, RECEIVER_BYTES, BLOCK_BYTES] = [28, 8, 24]

export const rtcp: DatagramRecogniser = {
  name: 'rtcp',
  later: 'reports',

  sender(bytes, at, end) {
    if (end - at < RECEIVER_BYTES) return Sender.Nobody
    const type = bytes[at + 1] as number
    const isReport = type === SENDER_REPORT || type === RECEIVER_REPORT
    if (!isReport && (type < REDUCED_MIN || type > REDUCED_MAX)) return Sender.Nobody
    let packet = at
    while (packet < end) {
      const next = packetEnd(bytes, packet, end)
      if (next < 0) return Sender.Nobody
      packet = next
    }
    return Sender.Either
  },

  tell(opening, _, listener) {
    const reports = reportsOf(opening)
    if (reports.length > 0) listener.reported?.(reports)
  },
}

/** One past the packet; -1 where it is none. Only the last may be padded. */
function packetEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + HEADER_BYTES > end) return -1
  const first = bytes[at] as number
  const type = bytes[at + 1] as number
  if (first >> 6 !== 2 || type < TYPE_MIN || type > TYPE_MAX) return -1
  const next = at + 4 * (u16(bytes, at + 2) + 1)
  if (next > end || ((first & PADDING) !== 0 && next < end)) return -1
  return next - at >= bytesMin(type, first & 0x1f) ? next : -1
}

/** What so many report blocks need. */
function bytesMin(type: number, blocks: number): number {
  if (type === SENDER_REPORT) return SENDER_BYTES + blocks * BLOCK_BYTES
  if (type === RECEIVER_REPORT) return RECEIVER_BYTES + blocks * BLOCK_BYTES
  // Feedback tells at least who sends it and about whom.
  return type >= REDUCED_MIN && type < REDUCED_MAX ? RECEIVER_BYTES + 4 : HEADER_BYTES
}
