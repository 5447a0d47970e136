// How long a flow lives: idle limits by transport and state, in capture time, and why a record ends.

import { PROTOCOL_TCP } from './decode.ts'
import { flowAt, originAt, tcpAt } from './flows.ts'
import {
  End,
  FLOW_FLAGS,
  FLOW_KIND,
  FLOW_LAST_HIGH,
  FLOW_LAST_LOW,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  Flag,
  NOW,
  ORIGIN_FIRST,
  QUIET,
  TICK,
} from './layout.ts'
import { getF64, getI32, setI32 } from './memory.ts'
import { opensAnew } from './tcp.ts'

const SECOND = 1e9
// Idle limits in seconds. Whole numbers, because a double that a function gives back may go by the heap.
/** The hold time of an attempt: what has not been answered by then never will be (block signature BS2). */
const HOLD_SECONDS = 30
const TCP_SECONDS = 600
const CLOSED_SECONDS = 10
const OTHER_SECONDS = 60
const DORMANT_SECONDS = 24 * 3600
const ACTIVE_MAX = 1800 * SECOND

/** Time of the latest packet, either way. */
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
  if (!isSilent(flow, idleSeconds(flow, flags), NOW)) return 0
  return isClosed(flags) ? End.Closed : End.Idle
}

/** Why the record ends at the tick at hand, 0 if it does not. */
export function endAtTick(flow: i32, flags: i32): i32 {
  if (getI32(QUIET) !== 0 && !isBothWays(flow, flags)) return 0
  if (isSilent(flow, idleSeconds(flow, flags), TICK)) return isClosed(flags) ? End.Closed : End.Idle
  return getF64(TICK) - getF64(originAt(flow) + ORIGIN_FIRST) > ACTIVE_MAX ? End.Active : 0
}

/**
 * Whether nobody need ask of this record what its silence means. Where nothing at all is heard, that of others is
 * no fact yet: their records wait for the packet that shows that the sensor was there.
 */
function isBothWays(flow: i32, flags: i32): boolean {
  const at = flowAt(flow)
  if ((flags & Flag.HalfOpen) !== 0) return false
  return getI32(at + FLOW_PACKETS_LOW) > 0 && getI32(at + FLOW_PACKETS_HIGH) > 0
}

/** Most connections are over within a second, and nothing that is watched for can have happened to them. */
export function watchIfGrown(flow: i32, flags: i32): void {
  if (getF64(TICK) - getF64(originAt(flow) + ORIGIN_FIRST) < SECOND) return
  setI32(flowAt(flow) + FLOW_FLAGS, (flags & ~Flag.WatchedSoon) | Flag.Watched)
}

/** Whether a flow at rest is forgotten at the tick at hand. */
export function isForgotten(flow: i32): boolean {
  return isSilent(flow, DORMANT_SECONDS, TICK)
}

/** Whether the latest packet lies further back than this, seen from the time in the register at `now`. */
function isSilent(flow: i32, seconds: i32, now: i32): boolean {
  const since = getF64(now) - seconds * SECOND
  const at = flowAt(flow)
  return getF64(at + FLOW_LAST_LOW) < since && getF64(at + FLOW_LAST_HIGH) < since
}

function idleSeconds(flow: i32, flags: i32): i32 {
  if ((getI32(flowAt(flow) + FLOW_KIND) & 0xff) !== PROTOCOL_TCP) return OTHER_SECONDS
  if ((flags & Flag.HalfOpen) !== 0) return HOLD_SECONDS
  return isClosed(flags) ? CLOSED_SECONDS : TCP_SECONDS
}

const BOTH_FINS = Flag.FinLow | Flag.FinHigh

function isClosed(flags: i32): boolean {
  return (flags & (Flag.RstLow | Flag.RstHigh)) !== 0 || (flags & BOTH_FINS) === BOTH_FINS
}

export function isOpenTcp(flow: i32, flags: i32): boolean {
  const isTcp = (getI32(flowAt(flow) + FLOW_KIND) & 0xff) === PROTOCOL_TCP
  return isTcp && !isClosed(flags) && (flags & Flag.HalfOpen) === 0
}
