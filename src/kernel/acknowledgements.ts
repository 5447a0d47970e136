// What a side's acknowledgement tells of the data of the other one: how long it took, what was not captured, what
// is waited for (RFC 5681, 2), and what came twice (RFC 2883).

import { acknowledgeHoles, hasHoles, openHole } from './holes.ts'
import { FROM_HIGH, HEADER_AT, NOW, PAYLOAD_BYTES } from './layout.ts'
import {
  Sample,
  SIDE_ACK,
  SIDE_ACK_TIME,
  SIDE_AGAIN,
  SIDE_AGAIN_END,
  SIDE_AGAIN_STAMP,
  SIDE_AGAIN_TIME,
  SIDE_DUPLICATE_ACKS,
  SIDE_FAST,
  SIDE_GAPS,
  SIDE_LOST,
  SIDE_LOST_BEFORE,
  SIDE_NEXT,
  SIDE_PASSED,
  SIDE_PASSING_END,
  SIDE_PROBE_END,
  SIDE_PROBE_TIME,
  SIDE_SPURIOUS,
  SIDE_STATE,
  SIDE_ZERO_WINDOWS,
  SideBit,
} from './measured-layout.ts'
import { getF64, getI32, getNet16, getNet32, getU8, setF64, setI32 } from './memory.ts'
import { echoAtHand, hasBlocks, tellsOfCopy } from './options.ts'
import { leaveSample } from './samples.ts'
import {
  clearDuplicates,
  count,
  countDuplicate,
  duplicatesInARow,
  FAR,
  largestOf,
  noteRoundTrip,
  segmentsIn,
  setWindow,
  sideAt,
  windowOf,
} from './sides.ts'

const FIN = 1
const NONE = -1
const OWED_SHIFT = 24
const OWED_MAX = 255
const HEAD_BITS = 0xff00

/** Takes the acknowledgement of the segment at hand. `isKept` where that is a keep-alive. */
export function takeAcknowledgement(flow: i32, record: i32, isKept: boolean): void {
  const high = getI32(FROM_HIGH)
  const side = sideAt(record, high)
  const header = getI32(HEADER_AT)
  const number = getNet32(header + 8)
  const window = getNet16(header + 14)
  if (window === 0) count(side + SIDE_ZERO_WINDOWS)
  const isFirst = (getI32(side + SIDE_STATE) & SideBit.Acked) === 0
  const moved = (number - getI32(side + SIDE_ACK)) | 0
  if (isFirst || moved > FAR || moved < -FAR) begin(record, side, number)
  else if (moved > 0) advance(flow, record, number, moved)
  else if (moved === 0 && !isKept && isBare(header)) repeat(record, window)
  if (isFirst || moved >= 0) setWindow(side, window)
}

/** A retransmission that was not needed will be told of by the receiver, and is not to count twice then. */
export function expectToldCopy(side: i32): void {
  const state = getI32(side + SIDE_STATE)
  if (state >>> OWED_SHIFT < OWED_MAX) setI32(side + SIDE_STATE, state + (1 << OWED_SHIFT))
}

function isBare(header: i32): boolean {
  return getI32(PAYLOAD_BYTES) <= 0 && (getU8(header + 13) & FIN) === 0
}

/** The first acknowledgement, or one that has nothing to do with those before. */
function begin(record: i32, side: i32, number: i32): void {
  setI32(side + SIDE_STATE, getI32(side + SIDE_STATE) | SideBit.Acked)
  setI32(side + SIDE_ACK, number)
  setF64(side + SIDE_ACK_TIME, getF64(NOW))
  clearDuplicates(side)
  if (hasHoles(record, 1 - getI32(FROM_HIGH)))
    acknowledgeHoles(record, 1 - getI32(FROM_HIGH), number)
}

function advance(flow: i32, record: i32, number: i32, moved: i32): void {
  const high = getI32(FROM_HIGH)
  const side = sideAt(record, high)
  const sender = sideAt(record, 1 - high)
  if (hasHoles(record, 1 - high)) acknowledgeHoles(record, 1 - high, number)
  if ((getI32(sender + SIDE_STATE) & SideBit.Sent) !== 0) lookBeyond(record, number)
  const largest = largestOf(sender)
  const isPlain = moved > largest && moved <= 2 * largest && duplicatesInARow(side) === 0
  probed(flow, sender, number, isPlain)
  answeredAgain(flow, sender, number)
  if (tellsOfCopy(number)) cameTwice(sender)
  passed(sender, number)
  setI32(side + SIDE_ACK, number)
  setF64(side + SIDE_ACK_TIME, getF64(NOW))
  clearDuplicates(side)
  setI32(sender + SIDE_STATE, getI32(sender + SIDE_STATE) & ~HEAD_BITS)
}

/** What is acknowledged and was never seen here may come yet, see settleHoles(). */
function lookBeyond(record: i32, number: i32): void {
  const from = 1 - getI32(FROM_HIGH)
  const sender = sideAt(record, from)
  const next = getI32(sender + SIDE_NEXT)
  const beyond = (number - next) | 0
  if (beyond <= 0) return
  const isPushed = (getI32(sender + SIDE_STATE) & SideBit.Pushed) !== 0 && beyond === 1
  if (beyond > FAR)
    setI32(sender + SIDE_GAPS, getI32(sender + SIDE_GAPS) + segmentsIn(sender, beyond))
  else if (!isPushed) openHole(record, from, next, number, true)
  setI32(sender + SIDE_NEXT, number)
}

/**
 * Two segments are acknowledged at once (RFC 5681, 4.2), a single one may wait for half a second (RFC 9293,
 * 3.8.6.3), and that is no latency: so only what acknowledges two and exactly up to the probe counts. Where it is
 * more than two, an acknowledgement between may not have been captured.
 */
function probed(flow: i32, sender: i32, number: i32, isPlain: boolean): void {
  const since = getF64(sender + SIDE_PROBE_TIME)
  if (since < 0) return
  const beyond = (number - getI32(sender + SIDE_PROBE_END)) | 0
  if (beyond < 0) return
  setF64(sender + SIDE_PROBE_TIME, NONE)
  if (beyond === 0 && isPlain) tellTrip(flow, sender, Sample.SequenceAck, getF64(NOW) - since)
  // Who acknowledges every second segment may always pass by the probe: the next one is another.
  else setI32(sender + SIDE_STATE, getI32(sender + SIDE_STATE) | SideBit.PassOver)
}

/**
 * The echoed timestamp says that data sent again has come (RFC 7323, 4.3), see timeAgain() in data.ts.
 */
function answeredAgain(flow: i32, sender: i32, number: i32): void {
  const since = getF64(sender + SIDE_AGAIN_TIME)
  if (since < 0) return
  const beyond = (number - getI32(sender + SIDE_AGAIN_END)) | 0
  if (beyond < 0) return
  setF64(sender + SIDE_AGAIN_TIME, NONE)
  if (echoAtHand() === getI32(sender + SIDE_AGAIN_STAMP))
    tellTrip(flow, sender, Sample.TimestampOption, getF64(NOW) - since)
}

function tellTrip(flow: i32, sender: i32, kind: i32, ns: f64): void {
  if (ns < 0) return
  noteRoundTrip(sender, ns)
  leaveSample(flow, kind, 1 - getI32(FROM_HIGH), ns, 0)
}

/** The largest packet that has got through without being sent again. */
function passed(sender: i32, number: i32): void {
  const word = getI32(sender + SIDE_PASSED)
  const waiting = word & 0xffff
  if (waiting === 0 || ((number - getI32(sender + SIDE_PASSING_END)) | 0) < 0) return
  setI32(sender + SIDE_PASSED, waiting << 16)
}

/** The same number once more, and no data: what the other side has sent has not come, or came twice. */
function repeat(record: i32, window: i32): void {
  const side = sideAt(record, getI32(FROM_HIGH))
  const sender = sideAt(record, 1 - getI32(FROM_HIGH))
  const number = getI32(side + SIDE_ACK)
  if (tellsOfCopy(number)) {
    cameTwice(sender)
    return
  }
  const isWaiting = ((getI32(sender + SIDE_NEXT) - number) | 0) > 0
  if (!isWaiting || (window !== windowOf(side) && !hasBlocks())) return
  count(side + SIDE_DUPLICATE_ACKS)
  countDuplicate(side)
  setF64(side + SIDE_ACK_TIME, getF64(NOW))
}

/** What was sent again had arrived: no loss, unless that was seen before. */
function cameTwice(sender: i32): void {
  const state = getI32(sender + SIDE_STATE)
  if (state >>> OWED_SHIFT !== 0) {
    setI32(sender + SIDE_STATE, state - (1 << OWED_SHIFT))
    return
  }
  const lost = getI32(sender + SIDE_LOST)
  const spurious = getI32(sender + SIDE_SPURIOUS)
  const again = getI32(sender + SIDE_AGAIN)
  const fast = getI32(sender + SIDE_FAST)
  if (lost === 0 || spurious >= again) return
  setI32(sender + SIDE_LOST, lost - 1)
  if (getI32(sender + SIDE_LOST_BEFORE) === lost) setI32(sender + SIDE_LOST_BEFORE, lost - 1)
  setI32(sender + SIDE_SPURIOUS, spurious + 1)
  if (fast + spurious >= again) setI32(sender + SIDE_FAST, fast - 1)
}
