// What the segments of a connection tell of its way: round trips, what was sent again, what is missing. RFC 9293.
// A record a connection; data.ts and acknowledgements.ts fill it.

import { takeAcknowledgement } from './acknowledgements.ts'
import { takeData } from './data.ts'
import { flowAt, originAt, tcpAt } from './flows.ts'
import { forgetHoles, settleHoles } from './holes.ts'
import {
  FLOW_FLAGS,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  Flag,
  FROM_HIGH,
  HEADER_AT,
  MEASURED_USED,
  NOW,
  ORIGIN_DOUBT_PACKETS_HIGH,
  ORIGIN_DOUBT_PACKETS_LOW,
  ORIGIN_MEASURED,
  PAYLOAD_BYTES,
  TCP_ACK_HIGH,
  TCP_ACK_LOW,
  TCP_ISN,
  TCP_SYN_ACK_TIME,
  TCP_SYN_COUNT,
  TCP_SYN_TIME,
  TCP_WINDOWS,
  UNMEASURED,
} from './layout.ts'
import {
  MEASURED,
  MEASURED_BYTES,
  MEASURED_HANDSHAKE,
  MEASURED_HOLES,
  MEASURED_MAX,
  MEASURED_NEXT_FREE,
  Sample,
  SIDE_ACK,
  SIDE_AGAIN_TIME,
  SIDE_NEXT,
  SIDE_PROBE_TIME,
  SIDE_SEGMENTS,
  SIDE_SIZES,
  SIDE_STAMP,
  SIDE_STAMPED,
  SIDE_STATE,
  SideBit,
} from './measured-layout.ts'
import { clear, getF64, getI32, getNet32, getU8, setF64, setI32 } from './memory.ts'
import { stampAtHand } from './options.ts'
import { giveBack, takeRecord } from './pool.ts'
import { leaveSample } from './samples.ts'
import { noteRoundTrip, recordAt, setWindow, sideAt } from './sides.ts'

const FIN = 1
const SYN = 2
const RST = 4
const ACK = 16
const NONE = -1
const SECOND = 1e9
/** A window that is not closed, until one was told. */
const SOME_WINDOW = -65_536
const STAMPED_SECONDS = 10
const CLOCK_SECONDS = 65_536

/** The connection is established: its segments are measured from the one at hand on, where there is room. */
export function openSegments(flow: i32): void {
  const number = takeRecord(
    MEASURED_USED,
    MEASURED + MEASURED_NEXT_FREE,
    MEASURED_BYTES,
    MEASURED_MAX,
  )
  setI32(originAt(flow) + ORIGIN_MEASURED, number)
  if (number === 0) {
    setI32(UNMEASURED, getI32(UNMEASURED) + 1)
    return
  }
  const record = recordAt(number)
  clear(record, MEASURED_BYTES)
  setF64(record + MEASURED_HANDSHAKE, NONE)
  const flags = getI32(flowAt(flow) + FLOW_FLAGS)
  for (let high: i32 = 0; high < 2; high++) {
    const side = sideAt(record, high)
    setI32(side + SIDE_SIZES, SOME_WINDOW)
    setI32(side + SIDE_STAMPED, NONE)
    setF64(side + SIDE_PROBE_TIME, NONE)
    setF64(side + SIDE_AGAIN_TIME, NONE)
    beginSide(flow, flags, side, high)
  }
  if ((flags & Flag.BySyn) !== 0) takeHandshake(flow, flags, record)
}

/** Takes the segment at hand into what is measured; `flags` are those after it. */
export function measureSegment(flow: i32, flags: i32): void {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0) {
    if ((flags & Flag.HalfOpen) !== 0) noteFirst(flow, flags)
    return
  }
  const bits = getU8(getI32(HEADER_AT) + 13)
  if ((bits & (SYN | RST)) !== 0) return
  const record = recordAt(number)
  if (getI32(record + MEASURED_HOLES) !== 0) settleHoles(record, false)
  const isKept = takeData(flow, record)
  if ((bits & ACK) !== 0) takeAcknowledgement(flow, record, isKept)
  if ((flags & Flag.Tracked) !== 0) leaveStamp(flow, record)
}

/** The record of the flow is over: what was acknowledged and is missing will not come any more. */
export function endSegments(flow: i32): void {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number !== 0) settleHoles(recordAt(number), true)
}

/** The flow goes on under a new record: counts begin anew, and what is known of its numbers stays. */
export function resumeSegments(flow: i32): void {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0) return
  const record = recordAt(number)
  setF64(record + MEASURED_HANDSHAKE, NONE)
  for (let high: i32 = 0; high < 2; high++) {
    forgetHoles(record, high)
    const side = sideAt(record, high)
    setF64(side + SIDE_PROBE_TIME, NONE)
    setF64(side + SIDE_AGAIN_TIME, NONE)
    clear(side + SIDE_SEGMENTS, SIDE_STAMP - SIDE_SEGMENTS)
  }
}

/** The flow is over. */
export function closeSegments(flow: i32): void {
  const at = originAt(flow) + ORIGIN_MEASURED
  const number = getI32(at)
  if (number === 0) return
  const record = recordAt(number)
  forgetHoles(record, 0)
  forgetHoles(record, 1)
  setI32(at, 0)
  giveBack(number, MEASURED_USED, MEASURED + MEASURED_NEXT_FREE, MEASURED_BYTES)
}

/**
 * What is known of a side before it is measured: of a client its SYN, of who was met in the middle of a
 * connection the one segment that was its first.
 */
function beginSide(flow: i32, flags: i32, side: i32, high: i32): void {
  const tcp = tcpAt(flow)
  const hasAcked = (flags & (high !== 0 ? Flag.AckHigh : Flag.AckLow)) !== 0
  if (hasAcked) {
    setI32(side + SIDE_STATE, SideBit.Acked)
    setI32(side + SIDE_ACK, getI32(high !== 0 ? tcp + TCP_ACK_HIGH : tcp + TCP_ACK_LOW))
  }
  const isClient = ((flags & Flag.ClientHigh) !== 0) === (high !== 0)
  if ((flags & Flag.BySyn) !== 0) beginAfterSyn(flow, flags, side, isClient)
  else if ((flags & Flag.BySynAck) === 0 && wasOnly(flow, high)) {
    beginAt(side, getI32(tcp + TCP_ISN))
    const hasData = (flags & (high !== 0 ? Flag.DataHigh : Flag.DataLow)) !== 0
    if (hasData) setI32(side + SIDE_SEGMENTS, 1)
  }
}

/** The segment at hand is the client's, and acknowledges what the server has sent so far: its SYN. */
function beginAfterSyn(flow: i32, flags: i32, side: i32, isClient: boolean): void {
  const tcp = tcpAt(flow)
  const header = getI32(HEADER_AT)
  if (!isClient) {
    if ((getU8(header + 13) & ACK) !== 0) beginAt(side, getNet32(header + 8))
    if ((flags & Flag.SynAck) !== 0) setWindow(side, getI32(tcp + TCP_WINDOWS) >>> 16)
    return
  }
  const isHigh = (flags & Flag.ClientHigh) !== 0
  const isAnswered = (flags & (isHigh ? Flag.AckLow : Flag.AckHigh)) !== 0
  const next = (getI32(tcp + TCP_ISN) + 1) | 0
  // More than the SYN was acknowledged where it carried data (RFC 7413).
  const answer = getI32(isHigh ? tcp + TCP_ACK_LOW : tcp + TCP_ACK_HIGH)
  beginAt(side, isAnswered && ((answer - next) | 0) > 0 ? answer : next)
}

function beginAt(side: i32, next: i32): void {
  setI32(side + SIDE_STATE, getI32(side + SIDE_STATE) | SideBit.Sent)
  setI32(side + SIDE_NEXT, next)
}

/** Whether the flow has had one packet so far, which came from that side. */
function wasOnly(flow: i32, high: i32): boolean {
  const low = getI32(flowAt(flow) + FLOW_PACKETS_LOW)
  const both = low + getI32(flowAt(flow) + FLOW_PACKETS_HIGH)
  return both === 1 && low === 1 - high
}

/** SYN, SYN-ACK and bare acknowledgement, each seen once: of two, nobody can tell which one was meant (Karn). */
function takeHandshake(flow: i32, flags: i32, record: i32): void {
  const tcp = tcpAt(flow)
  const header = getI32(HEADER_AT)
  const isBare = getI32(PAYLOAD_BYTES) === 0 && (getU8(header + 13) & (FIN | ACK)) === ACK
  const isNext = getNet32(header + 4) === ((getI32(tcp + TCP_ISN) + 1) | 0)
  if ((flags & Flag.SynAck) === 0 || !isBare || !isNext || !isEachOnce(flow)) return
  const server = getF64(tcp + TCP_SYN_ACK_TIME) - getF64(tcp + TCP_SYN_TIME)
  const client = getF64(NOW) - getF64(tcp + TCP_SYN_ACK_TIME)
  if (server < 0 || client < 0) return
  setF64(record + MEASURED_HANDSHAKE, server + client)
  const high: i32 = (flags & Flag.ClientHigh) !== 0 ? 1 : 0
  noteRoundTrip(sideAt(record, high), server)
  noteRoundTrip(sideAt(record, 1 - high), client)
  leaveSample(flow, Sample.SynServer, high, server, 0)
  leaveSample(flow, Sample.SynClient, 1 - high, client, 0)
  leaveSample(flow, Sample.SynTotal, high, server + client, 0)
}

/** Whether one packet came from each side so far, copies apart. */
function isEachOnce(flow: i32): boolean {
  const at = flowAt(flow)
  const origin = originAt(flow)
  const low = getI32(at + FLOW_PACKETS_LOW) - getI32(origin + ORIGIN_DOUBT_PACKETS_LOW)
  const high = getI32(at + FLOW_PACKETS_HIGH) - getI32(origin + ORIGIN_DOUBT_PACKETS_HIGH)
  return low === 1 && high === 1 && getI32(tcpAt(flow) + TCP_SYN_COUNT) >> 16 === 1
}

/** Met in the middle: where the first segment ended, in a place that no SYN has taken. */
function noteFirst(flow: i32, flags: i32): void {
  if ((flags & (Flag.BySyn | Flag.BySynAck)) !== 0 || !wasOnly(flow, getI32(FROM_HIGH))) return
  const header = getI32(HEADER_AT)
  const fin: i32 = (getU8(header + 13) & FIN) !== 0 ? 1 : 0
  const end = (getNet32(header + 4) + getI32(PAYLOAD_BYTES) + fin) | 0
  setI32(tcpAt(flow) + TCP_ISN, end)
}

/** The side's timestamp, every ten seconds; the first of them after ten, since most connections end before. */
function leaveStamp(flow: i32, record: i32): void {
  const side = sideAt(record, getI32(FROM_HIGH))
  const seconds = Math.floor(getF64(NOW) / SECOND)
  const now = (seconds - Math.floor(seconds / CLOCK_SECONDS) * CLOCK_SECONDS) as i32
  const told = getI32(side + SIDE_STAMPED)
  if (told < 0) setI32(side + SIDE_STAMPED, now)
  if (told < 0 || ((now - told) & (CLOCK_SECONDS - 1)) < STAMPED_SECONDS) return
  const stamp = stampAtHand()
  if (stamp === 0) return
  setI32(side + SIDE_STAMPED, now)
  leaveSample(flow, Sample.Timestamp, getI32(FROM_HIGH), 0, stamp)
}
