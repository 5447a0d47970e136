// The two sides of a measured connection: what several files of the kernel ask of them.

import { IP_AT, NOW, PACKET_END } from './layout.ts'
import {
  MEASURED,
  MEASURED_BYTES,
  MEASURED_SIDES,
  SIDE_BYTES,
  SIDE_ROUND_TRIP,
  SIDE_SIZES,
  SIDE_STATE,
} from './measured-layout.ts'
import { getF64, getI32, max32, min32, setI32 } from './memory.ts'

const SIZE_MAX = 0xffff
const RUN_SHIFT = 16
const RUN_MAX = 255
const US = 1e3
const ROUND_TRIP_US_MAX = 6e7
/** Numbers that far off are no neighbours: much was not captured, or somebody makes them up. */
export const FAR = 16_777_216
/** Estimates of segments take them to be no smaller than this (RFC 9293, 3.7.1). */
const SEGMENT_BYTES_MIN = 536

export function recordAt(number: i32): i32 {
  return MEASURED + (number - 1) * MEASURED_BYTES
}

export function sideAt(record: i32, high: i32): i32 {
  return record + MEASURED_SIDES + high * SIDE_BYTES
}

export function count(at: i32): void {
  setI32(at, getI32(at) + 1)
}

/** Duplicate acknowledgements that the side sent in a row. */
export function duplicatesInARow(side: i32): i32 {
  return (getI32(side + SIDE_STATE) >>> RUN_SHIFT) & RUN_MAX
}

export function countDuplicate(side: i32): void {
  if (duplicatesInARow(side) === RUN_MAX) return
  setI32(side + SIDE_STATE, getI32(side + SIDE_STATE) + (1 << RUN_SHIFT))
}

export function clearDuplicates(side: i32): void {
  setI32(side + SIDE_STATE, getI32(side + SIDE_STATE) & ~(RUN_MAX << RUN_SHIFT))
}

export function windowOf(side: i32): i32 {
  return getI32(side + SIDE_SIZES) >>> 16
}

export function setWindow(side: i32, window: i32): void {
  setI32(side + SIDE_SIZES, (window << 16) | largestOf(side))
}

/** Bytes of the largest segment that the side sent. */
export function largestOf(side: i32): i32 {
  return getI32(side + SIDE_SIZES) & SIZE_MAX
}

export function noteLength(side: i32, bytes: i32): void {
  const length = min32(bytes, SIZE_MAX)
  if (length <= largestOf(side)) return
  setI32(side + SIDE_SIZES, (getI32(side + SIDE_SIZES) & ~SIZE_MAX) | length)
}

/** How many segments of that side so many bytes were, one at least. */
export function segmentsIn(side: i32, bytes: i32): i32 {
  const each = max32(largestOf(side), SEGMENT_BYTES_MIN)
  return max32(((bytes + each - 1) / each) | 0, 1)
}

/** IP length of the packet at hand. */
export function lengthAtHand(): i32 {
  return min32(getI32(PACKET_END) - getI32(IP_AT), SIZE_MAX)
}

/** Keeps the shortest time from the sensor to who acknowledges the side's data, and back. */
export function noteRoundTrip(side: i32, ns: f64): void {
  const us = Math.floor(Math.max(1, Math.min(ns / US, ROUND_TRIP_US_MAX))) as i32
  const known = getI32(side + SIDE_ROUND_TRIP)
  if (known === 0 || us < known) setI32(side + SIDE_ROUND_TRIP, us)
}

/** The whole way there and back in microseconds, 0 where a half of it is unknown. */
export function wholeRoundTrip(one: i32, other: i32): i32 {
  const here = getI32(one + SIDE_ROUND_TRIP)
  const there = getI32(other + SIDE_ROUND_TRIP)
  return here === 0 || there === 0 ? 0 : here + there
}

/** Whether so many microseconds have passed since then. */
export function hasPassed(sinceNs: f64, us: i32): boolean {
  return getF64(NOW) - sinceNs >= us * US
}
