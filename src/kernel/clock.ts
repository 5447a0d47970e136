// The capture clock: it follows the latest packet time, one tick a second. A jump of more than an hour, in
// either direction, is believed when three packets in a row agree on it.

import {
  CLOCK,
  COUNTERS,
  Count,
  NEXT_TICK,
  STARTED,
  TICK,
  WILD_COUNT,
  WILD_TIME,
} from './layout.ts'
import { add, getF64, getI32, setF64, setI32 } from './memory.ts'

const SECOND = 1e9
const HOUR = 3600 * SECOND
const WILD_MAX = 3

/** Moves the clock on; whether a whole second has passed. A jump of an hour needs three packets to agree. */
export function isTickDue(time: f64): boolean {
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
