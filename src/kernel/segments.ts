// What the segments of a connection tell of its way: round trips, what was sent again, what is missing.

import { originAt } from './flows.ts'
import { MEASURED_FREE, MEASURED_USED, ORIGIN_MEASURED, UNMEASURED } from './layout.ts'
import { MEASURED, MEASURED_BYTES, MEASURED_MAX } from './measured-layout.ts'
import { getI32, setI32 } from './memory.ts'

/** The connection is established: its segments are measured from this one on, where there is room. */
export function openSegments(flow: i32): void {
  const number = takeRecord()
  setI32(originAt(flow) + ORIGIN_MEASURED, number)
}

/** Takes the segment at hand into what is measured; `flags` are those after it. */
export function measureSegment(flow: i32, flags: i32): void {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0 || flags === 0) return
}

/** The flow goes on under a new record: counts begin anew, and what is known of its numbers stays. */
export function resumeSegments(flow: i32): void {
  const number = getI32(originAt(flow) + ORIGIN_MEASURED)
  if (number === 0) return
}

/** The flow is over. */
export function closeSegments(flow: i32): void {
  const at = originAt(flow) + ORIGIN_MEASURED
  const number = getI32(at)
  if (number === 0) return
  setI32(at, 0)
  setI32(recordAt(number), getI32(MEASURED_FREE))
  setI32(MEASURED_FREE, number)
}

function recordAt(number: i32): i32 {
  return MEASURED + (number - 1) * MEASURED_BYTES
}

/** A record's number, from 1; 0 where there is no room. */
function takeRecord(): i32 {
  const free = getI32(MEASURED_FREE)
  if (free !== 0) {
    setI32(MEASURED_FREE, getI32(recordAt(free)))
    return free
  }
  const used = getI32(MEASURED_USED)
  if (used >= MEASURED_MAX) {
    setI32(UNMEASURED, getI32(UNMEASURED) + 1)
    return 0
  }
  setI32(MEASURED_USED, used + 1)
  return used + 1
}
