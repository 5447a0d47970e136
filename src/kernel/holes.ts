// Holes in what a side sent: data that the sensor has not seen though later data has passed. What becomes of a
// hole tells who lost it. Data that was on its way fills it soon (reordered), data that was sent again later
// (lost before the sensor), and what is acknowledged without either was lost by the capture.

import { HOLES_USED, IP_ID, NOW, UNMEASURED } from './layout.ts'
import {
  HOLE_ACKED,
  HOLE_BYTES,
  HOLE_END,
  HOLE_ID,
  HOLE_STAMP,
  HOLE_START,
  HOLE_TIME,
  HOLES,
  HOLES_BYTES,
  HOLES_COUNT,
  HOLES_MAX,
  HOLES_NEXT_FREE,
  HOLES_SIDES,
  MEASURED_HOLES,
  SIDE_GAPS,
  SIDE_HOLES_MAX,
} from './measured-layout.ts'
import { copyBytes, getF64, getI32, setF64, setI32 } from './memory.ts'
import { stampAtHand } from './options.ts'
import { giveBack, takeRecord } from './pool.ts'
import { hasPassed, segmentsIn, sideAt } from './sides.ts'

/** Captures put packets in another order too: an acknowledged hole may still be filled for so long. */
const REORDER_US = 10_000
const NOT_YET = -1

/** Whether this side has holes. */
export function hasHoles(record: i32, high: i32): boolean {
  return countOf(record, high) > 0
}

/** Opens a hole [start, end) that the segment at hand has shown; `acked` where that acknowledges it. */
export function openHole(record: i32, high: i32, start: i32, end: i32, acked: boolean): void {
  if (getI32(record + MEASURED_HOLES) === 0 && !takeHoles(record)) return
  if (countOf(record, high) === SIDE_HOLES_MAX) giveUp(record, high, 0)
  const holes = countOf(record, high)
  const hole = holeAt(record, high, holes)
  setI32(hole + HOLE_START, start)
  setI32(hole + HOLE_END, end)
  setI32(hole + HOLE_STAMP, acked ? 0 : stampAtHand())
  setI32(hole + HOLE_ID, getI32(IP_ID))
  setF64(hole + HOLE_TIME, getF64(NOW))
  setF64(hole + HOLE_ACKED, acked ? getF64(NOW) : NOT_YET)
  setCount(record, high, holes + 1)
}

/** Where the first hole lies that [start, end) touches, 0 for none. */
export function holeIn(record: i32, high: i32, start: i32, end: i32): i32 {
  const holes = countOf(record, high)
  for (let index: i32 = 0; index < holes; index++) {
    const hole = holeAt(record, high, index)
    if (overlaps(hole, start, end)) return hole
  }
  return 0
}

/** The data of [start, end) is here: what it covers is missing no longer. */
export function fillHoles(record: i32, high: i32, start: i32, end: i32): void {
  for (let index: i32 = countOf(record, high) - 1; index >= 0; index--) {
    const hole = holeAt(record, high, index)
    if (overlaps(hole, start, end)) fill(record, high, index, start, end)
  }
  giveBackIfEmpty(record)
}

/** Everything below `number` was acknowledged by the segment at hand. */
export function acknowledgeHoles(record: i32, high: i32, number: i32): void {
  const holes = countOf(record, high)
  for (let index: i32 = 0; index < holes; index++) {
    const hole = holeAt(record, high, index)
    const isNews = getF64(hole + HOLE_ACKED) < 0 && ((number - getI32(hole + HOLE_END)) | 0) >= 0
    if (isNews) setF64(hole + HOLE_ACKED, getF64(NOW))
  }
}

/** Holes of both sides that were acknowledged a while ago, or ever: those segments were not captured. */
export function settleHoles(record: i32, all: boolean): void {
  for (let high: i32 = 0; high < 2; high++) {
    for (let index: i32 = countOf(record, high) - 1; index >= 0; index--) {
      const acked = getF64(holeAt(record, high, index) + HOLE_ACKED)
      if (acked >= 0 && (all || hasPassed(acked, REORDER_US))) giveUp(record, high, index)
    }
  }
  giveBackIfEmpty(record)
}

/** Forgets the holes of a side. */
export function forgetHoles(record: i32, high: i32): void {
  if (!hasHoles(record, high)) return
  setCount(record, high, 0)
  giveBackIfEmpty(record)
}

function overlaps(hole: i32, start: i32, end: i32): boolean {
  const isBehind = ((start - getI32(hole + HOLE_END)) | 0) >= 0
  return !isBehind && ((end - getI32(hole + HOLE_START)) | 0) > 0
}

/** Leaves of a hole what [start, end) does not cover. */
function fill(record: i32, high: i32, index: i32, start: i32, end: i32): void {
  const hole = holeAt(record, high, index)
  const isHeadLeft = ((start - getI32(hole + HOLE_START)) | 0) > 0
  const isTailLeft = ((getI32(hole + HOLE_END) - end) | 0) > 0
  if (isHeadLeft && isTailLeft && countOf(record, high) < SIDE_HOLES_MAX) {
    insertCopy(record, high, index)
    setI32(hole + HOLE_BYTES + HOLE_START, end)
    setI32(hole + HOLE_END, start)
  } else if (isHeadLeft) setI32(hole + HOLE_END, start)
  else if (isTailLeft) setI32(hole + HOLE_START, end)
  else remove(record, high, index)
}

/** The hole stays open: what was acknowledged was not captured, and of the rest nobody will tell. */
function giveUp(record: i32, high: i32, index: i32): void {
  const hole = holeAt(record, high, index)
  if (getF64(hole + HOLE_ACKED) >= 0) {
    const side = sideAt(record, high)
    const bytes = (getI32(hole + HOLE_END) - getI32(hole + HOLE_START)) | 0
    setI32(side + SIDE_GAPS, getI32(side + SIDE_GAPS) + segmentsIn(side, bytes))
  }
  remove(record, high, index)
}

function remove(record: i32, high: i32, index: i32): void {
  const behind = countOf(record, high) - index - 1
  const hole = holeAt(record, high, index)
  if (behind > 0) copyBytes(hole, hole + HOLE_BYTES, behind * HOLE_BYTES)
  setCount(record, high, index + behind)
}

/** Two of the same, one behind the other. There must be room. */
function insertCopy(record: i32, high: i32, index: i32): void {
  const hole = holeAt(record, high, index)
  const holes = countOf(record, high)
  copyBytes(hole + HOLE_BYTES, hole, (holes - index) * HOLE_BYTES)
  setCount(record, high, holes + 1)
}

function countOf(record: i32, high: i32): i32 {
  const number = getI32(record + MEASURED_HOLES)
  return number === 0 ? 0 : getI32(holesAt(number) + HOLES_COUNT + 4 * high)
}

function setCount(record: i32, high: i32, holes: i32): void {
  setI32(holesAt(getI32(record + MEASURED_HOLES)) + HOLES_COUNT + 4 * high, holes)
}

function holeAt(record: i32, high: i32, index: i32): i32 {
  const holes = holesAt(getI32(record + MEASURED_HOLES)) + HOLES_SIDES
  return holes + (high * SIDE_HOLES_MAX + index) * HOLE_BYTES
}

function holesAt(number: i32): i32 {
  return HOLES + (number - 1) * HOLES_BYTES
}

/** Whether there was room for holes of this connection. */
function takeHoles(record: i32): boolean {
  const number = takeRecord(HOLES_USED, HOLES + HOLES_NEXT_FREE, HOLES_BYTES, HOLES_MAX)
  if (number === 0) {
    setI32(UNMEASURED, getI32(UNMEASURED) + 1)
    return false
  }
  setI32(holesAt(number) + HOLES_COUNT, 0)
  setI32(holesAt(number) + HOLES_COUNT + 4, 0)
  setI32(record + MEASURED_HOLES, number)
  return true
}

function giveBackIfEmpty(record: i32): void {
  const number = getI32(record + MEASURED_HOLES)
  if (number === 0 || hasHoles(record, 0) || hasHoles(record, 1)) return
  giveBack(number, HOLES_USED, HOLES + HOLES_NEXT_FREE, HOLES_BYTES)
  setI32(record + MEASURED_HOLES, 0)
}
