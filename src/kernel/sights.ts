// Which sensors have seen a flow, where a run has several: 16 bits for each side, of which one is for what
// cannot be told. A copy is not counted, but it shows that its sensor has seen the packet too.

import { find, flowAt } from './flows.ts'
import {
  DATAGRAM,
  FLOW_FLAGS,
  FLOW_SIGHTS,
  Flag,
  FROM_HIGH,
  IP_AT,
  SENSOR,
  SENSORS,
  SIGHT_UNKNOWN,
} from './layout.ts'
import { getI32, setI32 } from './memory.ts'

export function hasSeveralSensors(): boolean {
  return getI32(SENSORS) > 1
}

/** The sensor of the packet at hand has seen its side of the flow at `at`. */
export function noteSight(at: i32): void {
  setI32(at + FLOW_SIGHTS, getI32(at + FLOW_SIGHTS) | (sight() << (getI32(FROM_HIGH) << 4)))
}

/** The same for a packet that is a copy, if its flow is still open. */
export function noteSightOfCopy(): void {
  const flow = find()
  if (flow < 0) return
  const at = flowAt(flow)
  if ((getI32(at + FLOW_FLAGS) & Flag.Dormant) === 0) noteSight(at)
}

/** Copies of fragments are taken out before they make a datagram, so who else has seen that is not known. */
function sight(): i32 {
  const bit = 1 << getI32(SENSOR)
  return getI32(IP_AT) >= DATAGRAM ? bit | SIGHT_UNKNOWN : bit
}
