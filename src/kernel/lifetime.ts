// How long a flow lives: idle limits by transport and state, in capture time, and why a record ends.

import { PROTOCOL_TCP } from './decode.ts'
import { flowAt, originAt, tcpAt } from './flows.ts'
import {
  End,
  FLOW_FLAGS,
  FLOW_KIND,
  FLOW_LAST_HIGH,
  FLOW_LAST_LOW,
  Flag,
  NOW,
  ORIGIN_FIRST,
} from './layout.ts'
import { getF64, getI32 } from './memory.ts'
import { opensAnew } from './tcp.ts'

const SECOND = 1e9
/** The hold time of an attempt: what has not been answered by then never will be (block signature BS2). */
const HOLD = 30 * SECOND
const TCP_IDLE = 600 * SECOND
const CLOSED_IDLE = 10 * SECOND
const OTHER_IDLE = 60 * SECOND
const ACTIVE_MAX = 1800 * SECOND
/** How long a flow at rest is remembered. */
export const DORMANT_IDLE = 24 * 3600 * SECOND

export function lastOf(flow: i32): f64 {
  const low = getF64(flowAt(flow) + FLOW_LAST_LOW)
  const high = getF64(flowAt(flow) + FLOW_LAST_HIGH)
  return Math.max(low, high)
}

/** Why the record must end before this packet: ports used anew, or too long a silence. 0 if it need not. */
export function endBefore(flow: i32): i32 {
  const at = flowAt(flow)
  const flags = getI32(at + FLOW_FLAGS)
  const isTcp = (getI32(at + FLOW_KIND) & 0xff) === PROTOCOL_TCP
  if (isTcp && opensAnew(flags, tcpAt(flow))) return End.Reused
  if (getF64(NOW) - lastOf(flow) <= idleLimit(flow, flags)) return 0
  return isClosed(flags) ? End.Closed : End.Idle
}

/** Why the record ends at a tick, 0 if it does not. */
export function endAt(flow: i32, flags: i32, now: f64): i32 {
  if (now - lastOf(flow) > idleLimit(flow, flags)) return isClosed(flags) ? End.Closed : End.Idle
  return now - getF64(originAt(flow) + ORIGIN_FIRST) > ACTIVE_MAX ? End.Active : 0
}

function idleLimit(flow: i32, flags: i32): f64 {
  if ((getI32(flowAt(flow) + FLOW_KIND) & 0xff) !== PROTOCOL_TCP) return OTHER_IDLE
  if ((flags & Flag.HalfOpen) !== 0) return HOLD
  return isClosed(flags) ? CLOSED_IDLE : TCP_IDLE
}

const BOTH_FINS = Flag.FinLow | Flag.FinHigh

function isClosed(flags: i32): boolean {
  return (flags & (Flag.RstLow | Flag.RstHigh)) !== 0 || (flags & BOTH_FINS) === BOTH_FINS
}

export function isOpenTcp(flow: i32, flags: i32): boolean {
  const isTcp = (getI32(flowAt(flow) + FLOW_KIND) & 0xff) === PROTOCOL_TCP
  return isTcp && !isClosed(flags) && (flags & Flag.HalfOpen) === 0
}
