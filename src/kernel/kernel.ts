// The fast path: every packet passes here, and only numbers do. run() goes through the chunk's packets
// until something needs the slow path, says what, and is called again. One kernel per thread.
//
// Time is capture time. A flow idle for longer than its limit is over when its next packet comes or when
// the sweep of a whole second of capture time meets it, so the cutting into chunks changes nothing.

import { decode, PROTOCOL_TCP } from './decode.ts'
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
  stopFor,
  tcpAt,
} from './flows.ts'
import {
  CLOCK,
  CLOCKED,
  COUNTERS,
  Count,
  End,
  Fate,
  FILE,
  FILE_OFFSET,
  FLOW_BYTES_LOW,
  FLOW_FLAGS,
  FLOW_KIND,
  FLOW_LAST_HIGH,
  FLOW_LAST_LOW,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  Flag,
  FRAME,
  FROM,
  FROM_HIGH,
  HEADER_AT,
  KEY_KIND,
  NEXT,
  NEXT_TICK,
  ORIGIN_FILE,
  ORIGIN_FIRST,
  ORIGIN_FRAME,
  ORIGIN_OFFSET,
  ORIGIN_VLAN,
  PACKET_AT,
  PACKET_CAPTURED,
  PACKET_LINK,
  PACKET_TIME,
  PACKET_WIRE,
  PACKETS,
  STARTED,
  STOP_FLOW,
  STOP_PACKET,
  STOP_REASON,
  Stop,
  SWEEP,
  TICK,
  TO,
  USED,
  VLAN,
  WILD_COUNT,
  WILD_TIME,
} from './layout.ts'
import { add, getF64, getI32, getU8, setF64, setI32 } from './memory.ts'
import { isSyn, opensAnew, openTcp, tcpSegment } from './tcp.ts'

const SECOND = 1e9
const HOUR = 3600 * SECOND
/** Packets that must agree before the clock follows a jump of more than an hour. */
const WILD_MAX = 3

/** The hold time of an attempt: what has not been answered by then never will be (block signature BS2). */
const HOLD_NS = 30 * SECOND
const TCP_IDLE = 600 * SECOND
const CLOSED_IDLE = 10 * SECOND
const OTHER_IDLE = 60 * SECOND
const DORMANT_IDLE = 24 * HOUR
const ACTIVE_MAX = 1800 * SECOND

const ICMP = 1
const ICMP6 = 58

/** Goes on with the chunk; why it came back (see Stop). */
export function run(): i32 {
  while (getI32(NEXT) < getI32(PACKETS)) {
    const stop = packet(getI32(NEXT))
    if (stop !== Stop.None) return stop
  }
  return Stop.ChunkEnd
}

/** The next flow whose record the tick at hand ends, in STOP_FLOW and STOP_REASON; false at the sweep's end. */
export function sweep(): boolean {
  const used = getI32(USED)
  const now = getF64(TICK)
  while (getI32(SWEEP) < used) {
    const flow = getI32(SWEEP)
    setI32(SWEEP, flow + 1)
    const flags = getI32(flowAt(flow) + FLOW_FLAGS)
    if ((flags & Flag.Live) === 0) continue
    if ((flags & Flag.Dormant) !== 0) {
      if (now - lastOf(flow) > DORMANT_IDLE) release(flow)
      continue
    }
    const reason = endAt(flow, flags, now)
    if (reason !== 0) {
      stopFor(flow, reason)
      return true
    }
  }
  setI32(SWEEP, 0)
  return false
}

/** Closes the record of STOP_FLOW, once it has been read: to rest where the flow may go on, else for good. */
export function endRecord(): void {
  const flow = getI32(STOP_FLOW)
  const reason = getI32(STOP_REASON)
  add(COUNTERS + 8 * (reason === End.Evicted ? Count.FlowsEvicted : Count.FlowsEnded), 1)
  const flags = getI32(flowAt(flow) + FLOW_FLAGS)
  if (reason === End.Active || (reason === End.Idle && isOpenTcp(flow, flags))) {
    setI32(flowAt(flow) + FLOW_FLAGS, flags | Flag.Dormant)
  } else release(flow)
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
    return true
  }
  setI32(SWEEP, 0)
  return false
}

export function lastOf(flow: i32): f64 {
  const low = getF64(flowAt(flow) + FLOW_LAST_LOW)
  const high = getF64(flowAt(flow) + FLOW_LAST_HIGH)
  return Math.max(low, high)
}

function packet(index: i32): i32 {
  const time = getF64(PACKET_TIME + 8 * index)
  if (time < getF64(FROM) || time > getF64(TO)) return done(Fate.Filtered, index)
  if (getI32(CLOCKED) !== index) {
    setI32(CLOCKED, index)
    if (isTickDue(time)) return Stop.Tick
  }
  const at = getI32(PACKET_AT + 4 * index)
  const end = at + getI32(PACKET_CAPTURED + 4 * index)
  const wire = getI32(PACKET_WIRE + 4 * index)
  const fate = decode(at, end, wire, getI32(PACKET_LINK + 4 * index))
  if (fate === Fate.InFlow) return touch(index, time, wire)
  done(fate, index)
  if (fate !== Fate.NoFlowIcmpError) return Stop.None
  setI32(STOP_PACKET, index)
  return Stop.IcmpError
}

/** Books the packet's fate and goes on to the next. */
function done(fate: i32, index: i32): i32 {
  add(COUNTERS + 8 * fate, 1)
  add(COUNTERS + 8 * Count.Seen, 1)
  add(COUNTERS + 8 * Count.Bytes, getI32(PACKET_WIRE + 4 * index))
  setI32(NEXT, index + 1)
  return Stop.None
}

/** Moves the clock on; whether a whole second has passed. A jump of an hour needs three packets to agree. */
function isTickDue(time: f64): boolean {
  if (getI32(STARTED) === 0) {
    setI32(STARTED, 1)
    setClock(time)
    return false
  }
  const clock = getF64(CLOCK)
  if (time < clock) add(COUNTERS + 8 * Count.TimeBackwards, 1)
  if (time > clock + HOUR || time < clock - HOUR) return isJumpConfirmed(time)
  setI32(WILD_COUNT, 0)
  if (time <= clock) return false
  setF64(CLOCK, time)
  if (time < getF64(NEXT_TICK)) return false
  setClock(time)
  return true
}

function isJumpConfirmed(time: f64): boolean {
  add(COUNTERS + 8 * Count.TimeWild, 1)
  const distance = time - getF64(WILD_TIME)
  const agrees = getI32(WILD_COUNT) > 0 && distance <= HOUR && distance >= -HOUR
  setI32(WILD_COUNT, agrees ? getI32(WILD_COUNT) + 1 : 1)
  setF64(WILD_TIME, time)
  if (getI32(WILD_COUNT) < WILD_MAX) return false
  setI32(WILD_COUNT, 0)
  setClock(time)
  return true
}

function setClock(time: f64): void {
  const second = Math.floor(time / SECOND) * SECOND
  setF64(CLOCK, time)
  setF64(TICK, second)
  setF64(NEXT_TICK, second + SECOND)
}

/** Counts the packet into its flow, opening one if need be. */
function touch(index: i32, time: f64, wire: i32): i32 {
  let flow = find()
  if (flow >= 0) {
    const reason = endBefore(flow, time)
    if (reason !== 0) {
      if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Dormant) === 0) {
        stopFor(flow, reason)
        return Stop.Ended
      }
      if (reason === End.Reused) {
        release(flow)
        flow = -1
      }
    }
  }
  if (flow < 0) {
    if (!roomForHalfOpen()) return Stop.Ended
    flow = open()
    begin(flow, index, time)
  } else if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Dormant) !== 0) resume(flow, index, time)
  return update(flow, index, time, wire)
}

function update(flow: i32, index: i32, time: f64, wire: i32): i32 {
  const at = flowAt(flow)
  const before = getI32(at + FLOW_FLAGS)
  if ((before & Flag.HalfOpen) !== 0 && grows(at)) {
    if (!roomForFull()) return Stop.Ended
    promote(at)
  }
  const fromHigh = getI32(FROM_HIGH)
  const packets = at + FLOW_PACKETS_LOW + 4 * fromHigh
  const last = at + FLOW_LAST_LOW + 8 * fromHigh
  setI32(packets, getI32(packets) + 1)
  add(at + FLOW_BYTES_LOW + 8 * fromHigh, wire)
  if (time > getF64(last)) setF64(last, time)
  if (time < getF64(CLOCK) && time < getF64(originAt(flow) + ORIGIN_FIRST)) {
    setF64(originAt(flow) + ORIGIN_FIRST, time)
  }
  done(Fate.InFlow, index)
  return settle(flow, at, time)
}

/** Takes the packet into the flow's state; Stop.Answered when it is the first the other way. */
function settle(flow: i32, at: i32, time: f64): i32 {
  let flags = getI32(at + FLOW_FLAGS)
  const isTcp = (getI32(KEY_KIND) & 0xff) === PROTOCOL_TCP
  if (isTcp) flags = tcpSegment(tcpAt(flow), flags, time)
  const other = getI32(at + FLOW_PACKETS_HIGH - 4 * getI32(FROM_HIGH))
  const isAnswer = (flags & Flag.Answered) === 0 && other > 0
  if (isAnswer) flags |= Flag.Answered
  setI32(at + FLOW_FLAGS, flags)
  if (!isAnswer) return Stop.None
  setI32(STOP_FLOW, flow)
  return Stop.Answered
}

/** Whether this packet takes the flow out of the half-open partition: any second packet but a further SYN. */
function grows(at: i32): boolean {
  if (getI32(at + FLOW_PACKETS_LOW) + getI32(at + FLOW_PACKETS_HIGH) === 0) return false
  if ((getI32(KEY_KIND) & 0xff) !== PROTOCOL_TCP) return true
  const isSameSide = getI32(at + FLOW_PACKETS_LOW + 4 * getI32(FROM_HIGH)) > 0
  return !(isSameSide && isSyn(getI32(HEADER_AT)))
}

/** A new flow: where it begins, and who the client is as far as one packet tells. */
function begin(flow: i32, index: i32, time: f64): void {
  const at = flowAt(flow)
  beginRecord(flow, index, time)
  openTcp(tcpAt(flow))
  let flags = getI32(at + FLOW_FLAGS)
  if (getI32(FROM_HIGH) !== 0) flags |= Flag.ClientHigh
  const protocol = getI32(KEY_KIND) & 0xff
  if (protocol === ICMP || protocol === ICMP6) flags = icmpDirection(flags)
  setI32(at + FLOW_FLAGS, flags)
}

/** The type says who asks: requests come from the client, replies from the server. */
function icmpDirection(flags: i32): i32 {
  const type = getU8(getI32(HEADER_AT))
  const isReply =
    type === 0 ||
    type === 14 ||
    type === 16 ||
    type === 18 ||
    type === 129 ||
    type === 140 ||
    type === 9
  const isRequest =
    type === 8 ||
    type === 13 ||
    type === 15 ||
    type === 17 ||
    type === 128 ||
    type === 139 ||
    type === 10
  if (isReply) return (flags ^ Flag.ClientHigh) | Flag.ByRequest
  return isRequest ? flags | Flag.ByRequest : flags
}

/** The flow goes on under a new record. */
function resume(flow: i32, index: i32, time: f64): void {
  const at = flowAt(flow)
  clearCounts(at)
  setI32(at + FLOW_FLAGS, (getI32(at + FLOW_FLAGS) & ~Flag.Dormant) | Flag.Resumed)
  beginRecord(flow, index, time)
}

function beginRecord(flow: i32, index: i32, time: f64): void {
  const at = originAt(flow)
  add(COUNTERS + 8 * Count.FlowsCreated, 1)
  setF64(at + ORIGIN_FIRST, time)
  setF64(at + ORIGIN_OFFSET, getF64(FILE_OFFSET) + getI32(PACKET_AT + 4 * index))
  setI32(at + ORIGIN_FRAME, getI32(FRAME) + index)
  setI32(at + ORIGIN_FILE, getI32(FILE))
  setI32(at + ORIGIN_VLAN, getI32(VLAN))
}

/** Why the record must end before this packet: ports used anew, or too long a silence. 0 if it need not. */
function endBefore(flow: i32, time: f64): i32 {
  const at = flowAt(flow)
  const flags = getI32(at + FLOW_FLAGS)
  const isTcp = (getI32(at + FLOW_KIND) & 0xff) === PROTOCOL_TCP
  if (isTcp && opensAnew(flags, tcpAt(flow))) return End.Reused
  if (time - lastOf(flow) <= idleLimit(flow, flags)) return 0
  return isClosed(flags) ? End.Closed : End.Idle
}

/** Why the record ends at a tick, 0 if it does not. */
function endAt(flow: i32, flags: i32, now: f64): i32 {
  if (now - lastOf(flow) > idleLimit(flow, flags)) return isClosed(flags) ? End.Closed : End.Idle
  return now - getF64(originAt(flow) + ORIGIN_FIRST) > ACTIVE_MAX ? End.Active : 0
}

function idleLimit(flow: i32, flags: i32): f64 {
  if ((getI32(flowAt(flow) + FLOW_KIND) & 0xff) !== PROTOCOL_TCP) return OTHER_IDLE
  if ((flags & Flag.HalfOpen) !== 0) return HOLD_NS
  return isClosed(flags) ? CLOSED_IDLE : TCP_IDLE
}

const BOTH_FINS = Flag.FinLow | Flag.FinHigh

function isClosed(flags: i32): boolean {
  return (flags & (Flag.RstLow | Flag.RstHigh)) !== 0 || (flags & BOTH_FINS) === BOTH_FINS
}

function isOpenTcp(flow: i32, flags: i32): boolean {
  const isTcp = (getI32(flowAt(flow) + FLOW_KIND) & 0xff) === PROTOCOL_TCP
  return isTcp && !isClosed(flags) && (flags & Flag.HalfOpen) === 0
}
