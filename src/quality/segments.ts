// What the kernel keeps of a connection's segments, as the model has it.

import { originAt, tcpAt } from '../kernel/flows.ts'
import { ORIGIN_MEASURED, TCP_SYN_ACK_TIME, TCP_SYN_TIME } from '../kernel/layout.ts'
import {
  MEASURED_HANDSHAKE,
  SIDE_AGAIN,
  SIDE_DUPLICATE_ACKS,
  SIDE_FAST,
  SIDE_GAPS,
  SIDE_KEEP_ALIVES,
  SIDE_LOST,
  SIDE_LOST_BEFORE,
  SIDE_OUT_OF_ORDER,
  SIDE_SEGMENTS,
  SIDE_SPURIOUS,
  SIDE_ZERO_WINDOWS,
} from '../kernel/measured-layout.ts'
import { getF64, getI32 } from '../kernel/memory.ts'
import { recordAt, sideAt } from '../kernel/sides.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Distribution, SegmentCounts, Side, TcpQuality } from '../model/quality.ts'

export const NO_SEGMENTS: SegmentCounts = {
  segments: 0,
  retransmissions: { total: 0, fast: 0, timeout: 0, spurious: 0 },
  ...{ outOfOrder: 0, duplicateAcks: 0, zeroWindows: 0, keepAlives: 0 },
  ...{ captureGaps: 0, lost: 0, lostBefore: 0 },
}

/** Of the low or high side of a kernel flow, since its record began; null where it is not measured. */
export function segmentCounts(flow: number, isHigh: boolean): SegmentCounts | null {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0) return null
  const side = sideAt(recordAt(number), isHigh ? 1 : 0)
  const [total, fast] = [getI32(side + SIDE_AGAIN), getI32(side + SIDE_FAST)]
  const spurious = getI32(side + SIDE_SPURIOUS)
  return {
    segments: getI32(side + SIDE_SEGMENTS),
    retransmissions: { total, fast, timeout: total - fast - spurious, spurious },
    outOfOrder: getI32(side + SIDE_OUT_OF_ORDER),
    duplicateAcks: getI32(side + SIDE_DUPLICATE_ACKS),
    zeroWindows: getI32(side + SIDE_ZERO_WINDOWS),
    keepAlives: getI32(side + SIDE_KEEP_ALIVES),
    captureGaps: getI32(side + SIDE_GAPS),
    lost: getI32(side + SIDE_LOST),
    lostBefore: getI32(side + SIDE_LOST_BEFORE),
  }
}

/** Whether the side has done anything since its counts were these. */
export function hasMoved(flow: number, isHigh: boolean, before: SegmentCounts): boolean {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0) return false
  const side = sideAt(recordAt(number), isHigh ? 1 : 0)
  return (
    getI32(side + SIDE_SEGMENTS) !== before.segments ||
    getI32(side + SIDE_GAPS) !== before.captureGaps ||
    getI32(side + SIDE_DUPLICATE_ACKS) !== before.duplicateAcks ||
    getI32(side + SIDE_ZERO_WINDOWS) !== before.zeroWindows ||
    getI32(side + SIDE_KEEP_ALIVES) !== before.keepAlives ||
    // What turned out to be needless is taken back.
    getI32(side + SIDE_LOST) !== before.lost
  )
}

interface Handshake {
  readonly totalNs: number
  readonly clientNs: number
  readonly serverNs: number
}

/**
 * What was measured of what one side sent. Written out, since there are two for each connection, and spreading
 * takes many times as long.
 */
export function tcpQuality(
  record: FlowRecord,
  from: Side,
  told: {
    readonly counts: SegmentCounts
    readonly handshake: Handshake | null
    readonly rtt: Distribution
  },
): TcpQuality {
  const { counts, handshake, rtt } = told
  return {
    kind: 'tcp',
    flow: record,
    from,
    timeNs: record.lastNs,
    handshakeNs: handshake?.totalNs ?? null,
    legNs: (from === 'client' ? handshake?.serverNs : handshake?.clientNs) ?? null,
    rtt,
    segments: counts.segments,
    retransmissions: counts.retransmissions,
    outOfOrder: counts.outOfOrder,
    duplicateAcks: counts.duplicateAcks,
    zeroWindows: counts.zeroWindows,
    keepAlives: counts.keepAlives,
    captureGaps: counts.captureGaps,
    lost: counts.lost,
    lostBefore: counts.lostBefore,
  }
}

/** The handshake's round trip in nanoseconds, whole and by its halves; null where it was not seen whole. */
export function handshakeOf(flow: number): Handshake | null {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0) return null
  const totalNs = getF64(recordAt(number) + MEASURED_HANDSHAKE)
  if (totalNs < 0) return null
  const tcp = tcpAt(flow)
  const serverNs = getF64(tcp + TCP_SYN_ACK_TIME) - getF64(tcp + TCP_SYN_TIME)
  return { totalNs, clientNs: totalNs - serverNs, serverNs }
}

/** What was added between two counts of the same side; what proved needless may be taken back. */
export function difference(now: SegmentCounts, before: SegmentCounts): SegmentCounts {
  const { retransmissions: again } = now
  const { retransmissions: known } = before
  return {
    segments: now.segments - before.segments,
    retransmissions: {
      total: again.total - known.total,
      fast: again.fast - known.fast,
      timeout: again.timeout - known.timeout,
      spurious: again.spurious - known.spurious,
    },
    outOfOrder: now.outOfOrder - before.outOfOrder,
    duplicateAcks: now.duplicateAcks - before.duplicateAcks,
    zeroWindows: now.zeroWindows - before.zeroWindows,
    keepAlives: now.keepAlives - before.keepAlives,
    captureGaps: now.captureGaps - before.captureGaps,
    lost: now.lost - before.lost,
    lostBefore: now.lostBefore - before.lostBefore,
  }
}
