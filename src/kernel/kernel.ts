// The fast path: every packet passes here, and only numbers do. run() goes through the chunk's packets
// until something needs the slow path, says what, and is called again. One kernel per thread.
//
// Time is capture time. A flow idle for longer than its limit is over when its next packet comes or when
// the sweep of a whole second of capture time meets it, so the cutting into chunks changes nothing.

import { isTickDue } from './clock.ts'
import { DEPTH_MAX, decode, decodeEntry, PROTOCOL_TCP, PROTOCOL_UDP } from './decode.ts'
import { Copy, clearDoubts, doubt, forgetCopy, lookForCopy, settleDoubts } from './duplicates.ts'
import {
  clearCounts,
  find,
  flowAt,
  open,
  originAt,
  promote,
  release,
  roomForFull,
  roomForHalfOpen,
  shrinkTo,
  stopFor,
  tcpAt,
} from './flows.ts'
import { icmpDirection, isIcmp, measureEcho } from './icmp.ts'
import {
  CLOCK,
  CLOCKED,
  COPY_FOUND,
  COUNTERS,
  Count,
  DEDUP,
  DEPTH,
  ENTRY_AT,
  ENTRY_END,
  ENTRY_TYPE,
  ENTRY_WIRE_END,
  End,
  Fate,
  FILE,
  FILE_OFFSET,
  FLOW_BYTES_LOW,
  FLOW_FLAGS,
  FLOW_KIND,
  FLOW_LAST_LOW,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  Flag,
  FRAME,
  FROM,
  FROM_HIGH,
  HEADER_AT,
  HEARD,
  KEY_KIND,
  MEASURE,
  NEXT,
  NOTES,
  NOW,
  Note,
  ORIGIN_APP,
  ORIGIN_FILE,
  ORIGIN_FIRST,
  ORIGIN_FRAME,
  ORIGIN_MEASURED,
  ORIGIN_OFFSET,
  ORIGIN_VLAN,
  PACKET_AT,
  PACKET_CAPTURED,
  PACKET_LINK,
  PACKET_TIME,
  PACKET_WIRE,
  PACKETS,
  PAYLOAD_BYTES,
  PAYLOAD_DUE,
  SENSOR,
  SIGHTINGS,
  STOP_FLOW,
  STOP_PACKET,
  STOP_REASON,
  Stop,
  SWEEP,
  SWEPT_LIVE,
  TO,
  USED,
  VLAN,
} from './layout.ts'
import { endAtTick, endBefore, isForgotten, isOpenTcp, watchIfGrown } from './lifetime.ts'
import { add, getF64, getI32, setF64, setI32 } from './memory.ts'
import { isPayloadDue } from './payload.ts'
import { measureSegment, openSegments, resumeSegments } from './segments.ts'
import { hasSeveralSensors, noteSight, noteSightOfCopy } from './sights.ts'
import { isFromNewSource } from './sources.ts'
import { measureDatagram, resumeStreams } from './streams.ts'
import { isPlain, openTcp, tcpSegment } from './tcp.ts'

/** Goes on with the chunk; why it came back (see Stop). */
export function run(): i32 {
  while (getI32(NEXT) < getI32(PACKETS)) {
    const stop = packet(getI32(NEXT))
    if (stop !== Stop.None) return stop
  }
  return Stop.ChunkEnd
}

/**
 * The packet at hand goes on with the header of `type` (an ethertype) at `at`; `end` is where its captured
 * bytes end, `wireEnd` where it ended on the wire.
 */
export function enter(type: i32, at: i32, end: i32, wireEnd: i32): void {
  setI32(ENTRY_TYPE, type)
  setI32(ENTRY_AT, at)
  setI32(ENTRY_END, end)
  setI32(ENTRY_WIRE_END, wireEnd)
  setI32(DEPTH, getI32(DEPTH) + 1)
}

/** The packet at hand wraps nothing that can be read: it belongs to the flow of its own header. */
export function stayOutside(): void {
  setI32(DEPTH, DEPTH_MAX)
}

/** The packet at hand goes no further: what the slow path found becomes its fate. */
export function setAside(fate: i32): void {
  done(fate, getI32(STOP_PACKET))
}

/** The next flow whose record the tick at hand ends, in STOP_FLOW and STOP_REASON; false at the sweep's end. */
export function sweep(): boolean {
  const used = getI32(USED)
  while (getI32(SWEEP) < used) {
    const flow = getI32(SWEEP)
    setI32(SWEEP, flow + 1)
    const flags = getI32(flowAt(flow) + FLOW_FLAGS)
    if ((flags & Flag.Live) === 0) continue
    setI32(SWEPT_LIVE, flow + 1)
    if ((flags & Flag.Dormant) !== 0) {
      if (isForgotten(flow)) release(flow)
      continue
    }
    const reason = endAtTick(flow, flags)
    if (reason !== 0) {
      stopFor(flow, reason)
      settleDoubts(flow)
      return true
    }
    if ((flags & Flag.WatchedSoon) !== 0) watchIfGrown(flow, flags)
  }
  if (2 * getI32(SWEPT_LIVE) < used) shrinkTo(getI32(SWEPT_LIVE))
  setI32(SWEEP, 0)
  setI32(SWEPT_LIVE, 0)
  return false
}

/** Whether the flow of STOP_FLOW may go on under another record, or is over for good. */
export function goesToRest(): boolean {
  const flow = getI32(STOP_FLOW)
  const reason = getI32(STOP_REASON)
  const flags = getI32(flowAt(flow) + FLOW_FLAGS)
  if ((flags & Flag.HalfOpen) !== 0) return false
  return reason === End.Active || (reason === End.Idle && isOpenTcp(flow, flags))
}

/** Closes the record of STOP_FLOW, once it has been read: to rest where the flow may go on, else for good. */
export function endRecord(): void {
  const flow = getI32(STOP_FLOW)
  const isEvicted = getI32(STOP_REASON) === End.Evicted
  add(COUNTERS + 8 * (isEvicted ? Count.FlowsEvicted : Count.FlowsEnded), 1)
  const at = flowAt(flow) + FLOW_FLAGS
  if (goesToRest()) setI32(at, getI32(at) | Flag.Dormant)
  else release(flow)
}

/** Names each flow whose record is still open when the capture is over, like sweep(). */
export function drain(): boolean {
  const used = getI32(USED)
  while (getI32(SWEEP) < used) {
    const flow = getI32(SWEEP)
    setI32(SWEEP, flow + 1)
    const flags = getI32(flowAt(flow) + FLOW_FLAGS)
    if ((flags & (Flag.Live | Flag.Dormant)) !== Flag.Live) continue
    stopFor(flow, End.CaptureEnd)
    settleDoubts(flow)
    return true
  }
  setI32(SWEEP, 0)
  return false
}

function packet(index: i32): i32 {
  if (getI32(CLOCKED) !== index) {
    if (isFiltered(index)) return done(Fate.Filtered, index)
    setI32(CLOCKED, index)
    setI32(ENTRY_AT, 0)
    setI32(DEPTH, 0)
    forgetCopy()
    if (isTickDue(index)) return Stop.Tick
  }
  const at = getI32(PACKET_AT + 4 * index)
  const wire = getI32(PACKET_WIRE + 4 * index)
  const end = at + getI32(PACKET_CAPTURED + 4 * index)
  const isEntry = getI32(ENTRY_AT) !== 0
  const fate = isEntry ? decodeEntry() : decode(at, end, wire, getI32(PACKET_LINK + 4 * index))
  const isWhole = fate !== Fate.Tunnel && fate !== Fate.Link
  if (isWhole && getI32(DEDUP) !== 0 && lookForCopy() === Copy.Sure) {
    if (fate === Fate.InFlow && hasSeveralSensors()) noteSightOfCopy()
    return done(Fate.Duplicate, index)
  }
  if (fate !== Fate.InFlow) return aside(fate, index)
  if (getI32(SIGHTINGS) !== 0 && isFromNewSource(index)) {
    setI32(STOP_PACKET, index)
    return Stop.Source
  }
  return touch(index, wire)
}

function isFiltered(index: i32): boolean {
  const time = getF64(PACKET_TIME + 8 * index)
  return time < getF64(FROM) || time > getF64(TO)
}

/** A packet without a flow, or one that the slow path must look at first. */
function aside(fate: i32, index: i32): i32 {
  setI32(STOP_PACKET, index)
  if (fate === Fate.Tunnel) return Stop.Tunnel
  if (fate === Fate.Fragment) return Stop.Fragment
  if (fate === Fate.Link) return Stop.Link
  done(fate, index)
  if (fate === Fate.NoFlowArp && getI32(SIGHTINGS) !== 0) return Stop.Arp
  return fate === Fate.NoFlowIcmpError ? Stop.IcmpError : Stop.None
}

/** Books the packet's fate and goes on to the next. */
function done(fate: i32, index: i32): i32 {
  add(COUNTERS + 8 * fate, 1)
  add(COUNTERS + 8 * Count.Seen, 1)
  add(COUNTERS + 8 * Count.Bytes, getI32(PACKET_WIRE + 4 * index))
  if (fate !== Fate.Filtered) {
    if (getI32(NOTES) !== 0) remark(getI32(NOTES))
    if (hasSeveralSensors()) setI32(HEARD, getI32(HEARD) | (1 << getI32(SENSOR)))
  }
  setI32(NEXT, index + 1)
  return Stop.None
}

function remark(notes: i32): void {
  if ((notes & Note.Snapped) !== 0) add(COUNTERS + 8 * Count.Snapped, 1)
  if ((notes & Note.LengthBeyondFrame) !== 0) add(COUNTERS + 8 * Count.LengthBeyondFrame, 1)
  if ((notes & Note.ChecksumIpv4) !== 0) add(COUNTERS + 8 * Count.ChecksumIpv4, 1)
  setI32(NOTES, 0)
}

/** Counts the packet into its flow, opening one if need be. */
function touch(index: i32, wire: i32): i32 {
  let flow = find()
  if (flow >= 0) {
    const reason = endBefore(flow)
    const isDormant = (getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Dormant) !== 0
    if (reason !== 0 && !isDormant) {
      stopFor(flow, reason)
      return ended()
    }
    if (reason === End.Reused) {
      // Decoded again from the start, since IPv6 addresses lose their numbers with their last flow.
      release(flow)
      return Stop.None
    }
    if (isDormant) resume(flow, index)
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.StreamWaits) !== 0) {
      setI32(STOP_FLOW, flow)
      return Stop.Stream
    }
  } else {
    if (!roomForHalfOpen()) return ended()
    flow = open()
    begin(flow, index)
  }
  return update(flow, index, wire)
}

/** STOP_FLOW is ready to be read. */
function ended(): i32 {
  settleDoubts(getI32(STOP_FLOW))
  return Stop.Ended
}

function update(flow: i32, index: i32, wire: i32): i32 {
  const at = flowAt(flow)
  const before = getI32(at + FLOW_FLAGS)
  if ((before & Flag.HalfOpen) !== 0 && grows(at)) {
    if (!roomForFull()) return ended()
    promote(at)
    const isMeasured = getI32(MEASURE) !== 0 && (getI32(KEY_KIND) & 0xff) === PROTOCOL_TCP
    if (isMeasured) openSegments(flow)
  }
  const fromHigh = getI32(FROM_HIGH)
  const packets = at + FLOW_PACKETS_LOW + 4 * fromHigh
  const last = at + FLOW_LAST_LOW + 8 * fromHigh
  setI32(packets, getI32(packets) + 1)
  add(at + FLOW_BYTES_LOW + 8 * fromHigh, wire)
  if (getF64(NOW) > getF64(last)) setF64(last, getF64(NOW))
  if (getF64(NOW) < getF64(CLOCK) && getF64(NOW) < getF64(originAt(flow) + ORIGIN_FIRST)) {
    setF64(originAt(flow) + ORIGIN_FIRST, getF64(NOW))
  }
  if (getI32(COPY_FOUND) === Copy.Doubtful) doubt(flow, fromHigh, wire)
  if (hasSeveralSensors()) noteSight(at)
  setI32(STOP_PACKET, index)
  done(Fate.InFlow, index)
  return settle(flow, at)
}

/** Takes the packet into the flow's state; a stop when it is the first the other way, or its payload is wanted. */
function settle(flow: i32, at: i32): i32 {
  let flags = getI32(at + FLOW_FLAGS)
  const protocol = getI32(KEY_KIND) & 0xff
  if (protocol === PROTOCOL_TCP) flags = tcpSegment(tcpAt(flow), flags)
  if (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) flags |= dataFrom()
  if (getI32(MEASURE) !== 0) flags = measure(flow, flags, protocol)
  const other = getI32(at + FLOW_PACKETS_HIGH - 4 * getI32(FROM_HIGH))
  const isAnswer = (flags & Flag.Answered) === 0 && other > 0
  if (isAnswer) flags |= Flag.Answered
  setI32(at + FLOW_FLAGS, flags)
  const isDue = isPayloadDue(flags)
  const isWatched = (flags & Flag.Watched) !== 0
  if (!isAnswer && !isDue && !isWatched) return Stop.None
  setI32(PAYLOAD_DUE, isDue ? 1 : 0)
  setI32(STOP_FLOW, flow)
  if (isAnswer) return Stop.Answered
  return isDue ? Stop.Payload : Stop.Watched
}

/** Takes the packet into what is measured of its flow; the flags after it. What may be a copy measures nothing. */
function measure(flow: i32, flags: i32, protocol: i32): i32 {
  if (getI32(COPY_FOUND) === Copy.Doubtful) return flags
  if (protocol === PROTOCOL_TCP) measureSegment(flow, flags)
  else if (protocol === PROTOCOL_UDP) return measureDatagram(flow, flags)
  else if (isIcmp(protocol)) measureEcho(flow)
  return flags
}

/** That this side has sent payload, where the packet has any. */
function dataFrom(): i32 {
  if (getI32(PAYLOAD_BYTES) <= 0) return 0
  return getI32(FROM_HIGH) !== 0 ? Flag.DataHigh : Flag.DataLow
}

/**
 * Whether this packet takes the flow out of the half-open partition: a second packet and, for TCP, one that
 * shows an established connection. A SYN-ACK or a reset costs whoever floods us nothing.
 */
function grows(at: i32): boolean {
  if (getI32(at + FLOW_PACKETS_LOW) + getI32(at + FLOW_PACKETS_HIGH) === 0) return false
  if ((getI32(KEY_KIND) & 0xff) !== PROTOCOL_TCP) return true
  const flags = getI32(at + FLOW_FLAGS)
  const isFromClient = (getI32(FROM_HIGH) !== 0) === ((flags & Flag.ClientHigh) !== 0)
  return isPlain(getI32(HEADER_AT)) && (isFromClient || (flags & Flag.BySyn) === 0)
}

/** A new flow: where it begins, and who the client is as far as one packet tells. */
function begin(flow: i32, index: i32): void {
  const at = flowAt(flow)
  beginRecord(flow, index)
  setI32(originAt(flow) + ORIGIN_APP, 0)
  setI32(originAt(flow) + ORIGIN_MEASURED, 0)
  openTcp(tcpAt(flow))
  let flags = getI32(at + FLOW_FLAGS)
  if (getI32(FROM_HIGH) !== 0) flags |= Flag.ClientHigh
  const protocol = getI32(KEY_KIND) & 0xff
  if (isIcmp(protocol)) flags = icmpDirection(flags)
  setI32(at + FLOW_FLAGS, flags)
}

/** The flow goes on under a new record. */
function resume(flow: i32, index: i32): void {
  const at = flowAt(flow)
  clearCounts(at)
  const protocol = getI32(at + FLOW_KIND) & 0xff
  if (protocol === PROTOCOL_TCP) resumeSegments(flow)
  else if (protocol === PROTOCOL_UDP) resumeStreams(flow)
  setI32(at + FLOW_FLAGS, (getI32(at + FLOW_FLAGS) & ~Flag.Dormant) | Flag.Resumed)
  beginRecord(flow, index)
}

function beginRecord(flow: i32, index: i32): void {
  const at = originAt(flow)
  add(COUNTERS + 8 * Count.FlowsCreated, 1)
  clearDoubts(flow)
  setF64(at + ORIGIN_FIRST, getF64(NOW))
  setF64(at + ORIGIN_OFFSET, getF64(FILE_OFFSET) + getI32(PACKET_AT + 4 * index))
  setI32(at + ORIGIN_FRAME, getI32(FRAME) + index)
  setI32(at + ORIGIN_FILE, getI32(FILE))
  setI32(at + ORIGIN_VLAN, getI32(VLAN))
}
