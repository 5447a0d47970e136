// What a side's data tells: what is new, what is missing before it, what was sent again and why. Retransmissions
// are told from reordering by timestamps, by IP ids that count upward, and by what can have happened in the time.

import { expectToldCopy } from './acknowledgements.ts'
import { fillHoles, forgetHoles, hasHoles, holeIn, openHole } from './holes.ts'
import { FROM_HIGH, HEADER_AT, IP_ID, NOW, PAYLOAD_BYTES } from './layout.ts'
import {
  HOLE_ACKED,
  HOLE_ID,
  HOLE_STAMP,
  HOLE_TIME,
  Sample,
  SIDE_ACK,
  SIDE_ACK_TIME,
  SIDE_AGAIN,
  SIDE_AGAIN_END,
  SIDE_AGAIN_STAMP,
  SIDE_AGAIN_TIME,
  SIDE_FAST,
  SIDE_GAPS,
  SIDE_ID,
  SIDE_KEEP_ALIVES,
  SIDE_LOST,
  SIDE_LOST_BEFORE,
  SIDE_NEXT,
  SIDE_OUT_OF_ORDER,
  SIDE_PASSED,
  SIDE_PASSING_END,
  SIDE_PROBE_END,
  SIDE_PROBE_TIME,
  SIDE_SEGMENTS,
  SIDE_SPURIOUS,
  SIDE_STAMP,
  SIDE_STATE,
  SideBit,
} from './measured-layout.ts'
import { getF64, getI32, getNet32, getU8, max32, min32, setF64, setI32 } from './memory.ts'
import { stampAtHand } from './options.ts'
import { leaveSample } from './samples.ts'
import {
  count,
  duplicatesInARow,
  FAR,
  hasPassed,
  lengthAtHand,
  noteLength,
  segmentsIn,
  sideAt,
  wholeRoundTrip,
  windowOf,
} from './sides.ts'

const FIN = 1
const NONE = -1
/** Duplicate acknowledgements before data is sent again (RFC 5681, 3.2: three), one of them perhaps not captured. */
const DUPLICATES_MIN = 2
/** How long after the latest of them it is sent at the most, where no round trip is known. */
const FAST_US = 20_000
/** What comes so soon was confused on its way or by the capture, unless duplicate acknowledgements asked for it. */
const CONFUSED_US = 5_000
/** Ids that went up so often in a row are a counter, and then another packet is at most so far away. */
const COUNTED_MIN = 3
const ID_STEP_MAX = 64
const ID_FAR = 2048
const HEAD_SHIFT = 8
const HEAD_MAX = 255
/** The third time. */
const STUCK_AGAIN = 2

/** Takes what the segment at hand sends; whether it is a keep-alive. */
export function takeData(flow: i32, record: i32): boolean {
  const high = getI32(FROM_HIGH)
  const side = sideAt(record, high)
  const header = getI32(HEADER_AT)
  const start = getNet32(header + 4)
  const fin: i32 = (getU8(header + 13) & FIN) !== 0 ? 1 : 0
  const bytes = getI32(PAYLOAD_BYTES) + fin
  beginIfFirst(side, start)
  const ahead = (start - getI32(side + SIDE_NEXT)) | 0
  if (ahead === -1 && bytes - fin <= 1 && fin === 0 && isKeepAlive(record, bytes)) {
    count(side + SIDE_KEEP_ALIVES)
    return true
  }
  if (bytes <= 0) return false
  if (ahead === 0 && bytes === 1 && fin === 0 && windowOf(sideAt(record, 1 - high)) === 0) {
    setI32(side + SIDE_STATE, getI32(side + SIDE_STATE) | SideBit.Pushed)
    return false
  }
  count(side + SIDE_SEGMENTS)
  if (ahead > FAR || ahead < -FAR) beginAnew(record, ahead, (start + bytes) | 0)
  else if (ahead >= 0) takeNew(record, start, bytes)
  else takeAgain(flow, record, start, (start + bytes) | 0)
  return false
}

function beginIfFirst(side: i32, start: i32): void {
  const state = getI32(side + SIDE_STATE)
  if ((state & SideBit.Sent) !== 0) return
  setI32(side + SIDE_STATE, state | SideBit.Sent)
  setI32(side + SIDE_NEXT, start)
}

/**
 * A number that was sent before, with a byte of rubbish at the most (RFC 9293, 3.8.4). A byte that is not
 * acknowledged yet is data that is sent again.
 */
function isKeepAlive(record: i32, bytes: i32): boolean {
  if (bytes === 0) return true
  const peer = sideAt(record, 1 - getI32(FROM_HIGH))
  if ((getI32(peer + SIDE_STATE) & SideBit.Acked) === 0) return true
  const next = getI32(sideAt(record, getI32(FROM_HIGH)) + SIDE_NEXT)
  return ((next - getI32(peer + SIDE_ACK)) | 0) <= 0
}

/** The numbers have nothing to do with those before. */
function beginAnew(record: i32, ahead: i32, end: i32): void {
  const high = getI32(FROM_HIGH)
  const side = sideAt(record, high)
  const missing: i32 = ahead > 0 ? segmentsIn(side, ahead) : 1
  setI32(side + SIDE_GAPS, getI32(side + SIDE_GAPS) + missing)
  setI32(side + SIDE_NEXT, end)
  setF64(side + SIDE_PROBE_TIME, NONE)
  setF64(side + SIDE_AGAIN_TIME, NONE)
  forgetHoles(record, high)
}

function takeNew(record: i32, start: i32, bytes: i32): void {
  const high = getI32(FROM_HIGH)
  const side = sideAt(record, high)
  const next = getI32(side + SIDE_NEXT)
  const end = (start + bytes) | 0
  if (start !== next) openHole(record, high, next, start, false)
  probe(record, side, end)
  setI32(side + SIDE_NEXT, end)
  noteLength(side, bytes)
  setI32(side + SIDE_STAMP, stampAtHand())
  noteId(side)
  const length = lengthAtHand()
  const word = getI32(side + SIDE_PASSED)
  if ((word & 0xffff) !== 0 || length <= word >>> 16) return
  setI32(side + SIDE_PASSED, word | length)
  setI32(side + SIDE_PASSING_END, end)
}

/** New data behind other data that is not acknowledged yet is timed, see probed() in acknowledgements.ts. */
function probe(record: i32, side: i32, end: i32): void {
  if (getF64(side + SIDE_PROBE_TIME) >= 0) return
  const high = getI32(FROM_HIGH)
  const peer = sideAt(record, 1 - high)
  if ((getI32(peer + SIDE_STATE) & SideBit.Acked) === 0) return
  const waiting = (getI32(side + SIDE_NEXT) - getI32(peer + SIDE_ACK)) | 0
  if (waiting <= 0 || duplicatesInARow(peer) > 0 || hasHoles(record, high)) return
  const state = getI32(side + SIDE_STATE)
  setI32(side + SIDE_STATE, state & ~SideBit.PassOver)
  if ((state & SideBit.PassOver) !== 0) return
  setI32(side + SIDE_PROBE_END, end)
  setF64(side + SIDE_PROBE_TIME, getF64(NOW))
}

function noteId(side: i32): void {
  const id = getI32(IP_ID)
  const word = getI32(side + SIDE_ID)
  const step = (id - word) & 0xffff
  const isCounted = id !== 0 && step > 0 && step <= ID_STEP_MAX
  const counted: i32 = isCounted ? (word >> 16) + 1 : 0
  setI32(side + SIDE_ID, (min32(counted, COUNTED_MIN) << 16) | id)
}

/** Data below what has been seen: it was on its way, or is sent again. */
function takeAgain(flow: i32, record: i32, start: i32, end: i32): void {
  const high = getI32(FROM_HIGH)
  const side = sideAt(record, high)
  // Karn's rule (RFC 6298, 3): which of the two is acknowledged, nobody can tell.
  if (getF64(side + SIDE_PROBE_TIME) >= 0 && ((getI32(side + SIDE_PROBE_END) - start) | 0) > 0)
    setF64(side + SIDE_PROBE_TIME, NONE)
  const hole = holeIn(record, high, start, end)
  if (hole === 0) resent(flow, record, start, end)
  else {
    if (getF64(hole + HOLE_ACKED) < 0) filled(record, hole, start, end)
    fillHoles(record, high, start, end)
  }
  if (((end - getI32(side + SIDE_NEXT)) | 0) > 0) setI32(side + SIDE_NEXT, end)
}

/** Seen before. */
function resent(flow: i32, record: i32, start: i32, end: i32): void {
  const side = sideAt(record, getI32(FROM_HIGH))
  const peer = sideAt(record, 1 - getI32(FROM_HIGH))
  const isAcked = (getI32(peer + SIDE_STATE) & SideBit.Acked) !== 0
  count(side + SIDE_AGAIN)
  if (isAcked && ((end - getI32(peer + SIDE_ACK)) | 0) <= 0) {
    count(side + SIDE_SPURIOUS)
    expectToldCopy(side)
    return
  }
  count(side + SIDE_LOST)
  if (isFast(side, peer, start)) count(side + SIDE_FAST)
  timeAgain(side, peer, start, end)
  if (((getI32(side + SIDE_PASSING_END) - start) | 0) > 0)
    setI32(side + SIDE_PASSED, getI32(side + SIDE_PASSED) & ~0xffff)
  if (isAcked && start === getI32(peer + SIDE_ACK)) sendHead(flow, side)
}

/** A hole that nobody has acknowledged is filled. */
function filled(record: i32, hole: i32, start: i32, end: i32): void {
  const side = sideAt(record, getI32(FROM_HIGH))
  const peer = sideAt(record, 1 - getI32(FROM_HIGH))
  if (isReordered(side, peer, hole)) {
    count(side + SIDE_OUT_OF_ORDER)
    return
  }
  count(side + SIDE_AGAIN)
  count(side + SIDE_LOST)
  count(side + SIDE_LOST_BEFORE)
  if (isFast(side, peer, start)) count(side + SIDE_FAST)
  timeAgain(side, peer, start, end)
}

/** The data was sent before what has shown the hole, and came behind it. */
function isReordered(side: i32, peer: i32, hole: i32): boolean {
  const stamp = stampAtHand()
  const shown = getI32(hole + HOLE_STAMP)
  if (stamp !== 0 && shown !== 0 && stamp !== shown) return ((stamp - shown) | 0) < 0
  if (getI32(side + SIDE_ID) >> 16 >= COUNTED_MIN) {
    const step = ((getI32(IP_ID) - getI32(hole + HOLE_ID)) << 16) >> 16
    if (step !== 0 && step > -ID_FAR && step < ID_FAR) return step < 0
  }
  const since = getF64(hole + HOLE_TIME)
  // Nobody sends again before a round trip is over; the capture may have shortened it.
  const half = wholeRoundTrip(side, peer) >> 1
  const isAskedFor = duplicatesInARow(peer) >= DUPLICATES_MIN
  return !hasPassed(since, isAskedFor ? half : max32(half, CONFUSED_US))
}

/** RFC 5681, 3.2; where acknowledgements are selective, further data follows upon further duplicates (RFC 6675, 5). */
function isFast(side: i32, peer: i32, start: i32): boolean {
  if (duplicatesInARow(peer) < DUPLICATES_MIN) return false
  if (((start - getI32(peer + SIDE_ACK)) | 0) < 0) return false
  const patience = max32(wholeRoundTrip(side, peer), FAST_US)
  return !hasPassed(getF64(peer + SIDE_ACK_TIME), patience)
}

/**
 * Data sent again can be timed all the same where its timestamp is none that was sent before. Only the first that
 * is waited for, while later data has come: that fills a gap, and is acknowledged at once (RFC 5681, 4.2).
 */
function timeAgain(side: i32, peer: i32, start: i32, end: i32): void {
  if (((getI32(side + SIDE_AGAIN_END) - start) | 0) > 0) setF64(side + SIDE_AGAIN_TIME, NONE)
  const stamp = stampAtHand()
  const latest = getI32(side + SIDE_STAMP)
  if (stamp === 0 || latest === 0 || ((stamp - latest) | 0) <= 0) return
  setI32(side + SIDE_STAMP, stamp)
  if (start !== getI32(peer + SIDE_ACK) || duplicatesInARow(peer) === 0) return
  setI32(side + SIDE_AGAIN_END, end)
  setI32(side + SIDE_AGAIN_STAMP, stamp)
  setF64(side + SIDE_AGAIN_TIME, getF64(NOW))
}

/** The first that is waited for is sent again. */
function sendHead(flow: i32, side: i32): void {
  const state = getI32(side + SIDE_STATE)
  const sent = (state >> HEAD_SHIFT) & HEAD_MAX
  const times = min32(sent + 1, HEAD_MAX)
  setI32(side + SIDE_STATE, state + ((times - sent) << HEAD_SHIFT))
  if (times < STUCK_AGAIN) return
  const passed = getI32(side + SIDE_PASSED) >>> 16
  leaveSample(flow, Sample.Stuck, getI32(FROM_HIGH), lengthAtHand(), passed)
}
