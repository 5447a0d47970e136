// The sequence numbers of a stream: what was expected, what came twice, what came late, and where they began
// anew. RFC 3550, A.1 and A.3; unlike there, copies do not make up for what is missing.

import {
  STREAM_BASE,
  STREAM_DUPLICATES,
  STREAM_EXPECTED,
  STREAM_HIGHEST,
  STREAM_LATE,
  STREAM_PACKETS,
  STREAM_SEEN,
  STREAM_SEEN_BEFORE,
  STREAM_STATE,
  STREAM_STRAY,
  STREAM_TURNS,
  StreamBit,
} from './measured-layout.ts'
import { getI32, setI32 } from './memory.ts'

/** RFC 3550, A.1: how far numbers may go on, or lie behind, and still be of the same beginning. */
const DROPOUT_MAX = 3000
const MISORDER_MAX = 100
const WORD_BITS = 32
const TURN = 1 << 16
const NUMBER_MASK = 0xffff
const NONE = -1

/** How far a number lies ahead of the highest one; below 0 behind it. */
export function aheadOf(stream: i32, sequence: i32): i32 {
  return ((sequence - getI32(stream + STREAM_HIGHEST)) << 16) >> 16
}

/** The stream begins with this number. */
export function beginNumbers(stream: i32, sequence: i32): void {
  setI32(stream + STREAM_HIGHEST, sequence)
  setI32(stream + STREAM_BASE, sequence)
  setI32(stream + STREAM_SEEN, 1)
  setI32(stream + STREAM_SEEN_BEFORE, 0)
  setI32(stream + STREAM_STRAY, NONE)
  clearNumbers(stream)
}

/** Counts begin anew behind the highest number; which ones came stays known. */
export function resumeNumbers(stream: i32): void {
  setI32(stream + STREAM_BASE, getI32(stream + STREAM_HIGHEST) + 1)
  setI32(stream + STREAM_STATE, getI32(stream + STREAM_STATE) | StreamBit.Resumed)
  clearNumbers(stream)
}

function clearNumbers(stream: i32): void {
  setI32(stream + STREAM_DUPLICATES, 0)
  setI32(stream + STREAM_LATE, 0)
  setI32(stream + STREAM_EXPECTED, 0)
  setI32(stream + STREAM_TURNS, 0)
}

/** Packets that should have come by now. */
export function expectedOf(stream: i32): i32 {
  return getI32(stream + STREAM_EXPECTED) + span(stream)
}

function span(stream: i32): i32 {
  return getI32(stream + STREAM_HIGHEST) - getI32(stream + STREAM_BASE) + 1
}

/** Takes the number of a packet that has been counted; whether it is no copy. */
export function countNumber(stream: i32, sequence: i32): boolean {
  const ahead = aheadOf(stream, sequence)
  if (ahead > 0 && ahead < DROPOUT_MAX) return goOn(stream, ahead)
  if (ahead <= 0 && ahead > -MISORDER_MAX) return goBack(stream, -ahead)
  return jump(stream, sequence)
}

function goOn(stream: i32, ahead: i32): boolean {
  const seen = getI32(stream + STREAM_SEEN)
  setI32(stream + STREAM_HIGHEST, getI32(stream + STREAM_HIGHEST) + ahead)
  if (ahead < WORD_BITS) {
    const before = getI32(stream + STREAM_SEEN_BEFORE)
    setI32(stream + STREAM_SEEN_BEFORE, (before << ahead) | (seen >>> (WORD_BITS - ahead)))
    setI32(stream + STREAM_SEEN, (seen << ahead) | 1)
  } else {
    const isNear = ahead < 2 * WORD_BITS
    setI32(stream + STREAM_SEEN_BEFORE, isNear ? seen << (ahead - WORD_BITS) : 0)
    setI32(stream + STREAM_SEEN, 1)
  }
  return true
}

function goBack(stream: i32, back: i32): boolean {
  if (hasCome(stream, back)) {
    setI32(stream + STREAM_DUPLICATES, getI32(stream + STREAM_DUPLICATES) + 1)
    return false
  }
  setI32(stream + STREAM_LATE, getI32(stream + STREAM_LATE) + 1)
  const number = getI32(stream + STREAM_HIGHEST) - back
  if (number >= getI32(stream + STREAM_BASE)) return true
  // What the record before this one missed says nothing of the numbers between.
  if ((getI32(stream + STREAM_STATE) & StreamBit.Resumed) !== 0)
    setI32(stream + STREAM_EXPECTED, getI32(stream + STREAM_EXPECTED) + 1)
  else setI32(stream + STREAM_BASE, number)
  return true
}

/** Whether the number so far behind the highest has come before; from now on it has. */
function hasCome(stream: i32, back: i32): boolean {
  if (back >= 2 * WORD_BITS) return !isAnyMissing(stream)
  const at = back < WORD_BITS ? stream + STREAM_SEEN : stream + STREAM_SEEN_BEFORE
  const bit = 1 << (back & (WORD_BITS - 1))
  const seen = getI32(at)
  setI32(at, seen | bit)
  return (seen & bit) !== 0
}

/** Without the packet at hand, which has been counted. */
function isAnyMissing(stream: i32): boolean {
  const came = getI32(stream + STREAM_PACKETS) - 1 - getI32(stream + STREAM_DUPLICATES)
  return expectedOf(stream) > came
}

/** One number out of nowhere is a stray that was expected alone; a second one that follows it is a new beginning. */
function jump(stream: i32, sequence: i32): boolean {
  const stray = getI32(stream + STREAM_STRAY)
  const next = (sequence + 1) & NUMBER_MASK
  if (stray === next) {
    setI32(stream + STREAM_DUPLICATES, getI32(stream + STREAM_DUPLICATES) + 1)
    return false
  }
  const expected = getI32(stream + STREAM_EXPECTED)
  if (stray !== sequence) {
    setI32(stream + STREAM_EXPECTED, expected + 1)
    setI32(stream + STREAM_STRAY, next)
    return true
  }
  setI32(stream + STREAM_EXPECTED, expected + span(stream) - 1)
  setI32(stream + STREAM_HIGHEST, sequence)
  setI32(stream + STREAM_BASE, sequence - 1)
  setI32(stream + STREAM_SEEN, 3)
  setI32(stream + STREAM_SEEN_BEFORE, 0)
  setI32(stream + STREAM_STRAY, NONE)
  setI32(stream + STREAM_STATE, getI32(stream + STREAM_STATE) & ~StreamBit.Resumed)
  setI32(stream + STREAM_TURNS, getI32(stream + STREAM_TURNS) + TURN)
  return true
}
