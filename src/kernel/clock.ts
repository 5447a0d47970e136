// The capture clock: it follows the latest packet time, one tick a second. A jump of more than an hour is
// believed when three packets in a row are over there; until then, a packet from another week or from the
// past is booked at the clock's own time, so that one wild stamp neither ends nor dates a flow. A clock that was
// set back by less, but by more than a packet can be late, is believed after a hundred packets in a row.

import {
  CLOCK,
  COUNTERS,
  Count,
  NEXT_TICK,
  NOW,
  PACKET_TIME,
  STARTED,
  TICK,
  TICK_BEFORE,
  WILD_COUNT,
  WILD_TIME,
} from './layout.ts'
import { add, getF64, getI32, setF64, setI32 } from './memory.ts'

const SECOND = 1e9
const HOUR = 3600 * SECOND
const WEEK = 7 * 24 * HOUR
const WILD_MAX = 3
const MINUTE = 60 * SECOND
const SET_BACK_MAX = 100

/** Moves the clock on to a packet, whose time goes to NOW; whether a whole second has passed. */
export function isTickDue(packet: i32): boolean {
  const time = getF64(PACKET_TIME + 8 * packet)
  setF64(NOW, time)
  if (getI32(STARTED) === 0) {
    setI32(STARTED, 1)
    setClock(time)
    return false
  }
  const clock = getF64(CLOCK)
  if (time < clock) add(COUNTERS + 8 * Count.TimeBackwards, 1)
  if (time > clock + HOUR || time < clock - HOUR) return isJumpConfirmed(time, clock)
  if (time < clock - MINUTE) return isSetBack(time)
  setI32(WILD_COUNT, 0)
  if (time <= clock) return false
  setF64(CLOCK, time)
  if (time < getF64(NEXT_TICK)) return false
  setClock(time)
  return true
}

/** The clock goes to the nearest of the three. A pause of hours or days is plain, and dates its packets. */
function isJumpConfirmed(time: f64, clock: f64): boolean {
  add(COUNTERS + 8 * Count.TimeWild, 1)
  const side: i32 = time > clock ? 1 : -1
  const count = getI32(WILD_COUNT) * side
  const nearest = getF64(WILD_TIME)
  const isNearer = side > 0 ? time < nearest : time > nearest
  if (count <= 0 || isNearer) setF64(WILD_TIME, time)
  setI32(WILD_COUNT, (count > 0 ? count + 1 : 1) * side)
  if (count + 1 >= WILD_MAX) {
    setI32(WILD_COUNT, 0)
    setClock(getF64(WILD_TIME))
    return true
  }
  if (side < 0 || time > clock + WEEK) setF64(NOW, clock)
  return false
}

/** The clock goes back to the latest of them all. */
function isSetBack(time: f64): boolean {
  const before = getI32(WILD_COUNT)
  const isFirst = before >= 0
  if (isFirst || time > getF64(WILD_TIME)) setF64(WILD_TIME, time)
  const count = isFirst ? -1 : before - 1
  setI32(WILD_COUNT, count > -SET_BACK_MAX ? count : 0)
  if (count > -SET_BACK_MAX) return false
  setClock(getF64(WILD_TIME))
  return true
}

function setClock(time: f64): void {
  const second = Math.floor(time / SECOND) * SECOND
  setF64(CLOCK, time)
  setF64(TICK_BEFORE, getF64(TICK))
  setF64(TICK, second)
  setF64(NEXT_TICK, second + SECOND)
}
