// Streams of media: what each synchronisation source of a UDP flow sends. RFC 3550, 5.1. The header says
// little, so that a source is on probation until four packets were each the sequel of the one before, much as in
// protocols/rtp.ts; copies prove nothing. What it sent until then counts all the same.

import { tcpAt } from './flows.ts'
import {
  CAPTURED_END,
  Flag,
  FROM_HIGH,
  NOW,
  PAYLOAD_AT,
  PAYLOAD_BYTES,
  STREAMS_USED,
  UNMEASURED,
} from './layout.ts'
import {
  MEDIA_HIGH,
  MEDIA_LOW,
  Sample,
  STREAM_BYTES,
  STREAM_FIRST,
  STREAM_LAST,
  STREAM_NEXT,
  STREAM_OWNER,
  STREAM_PACKETS,
  STREAM_SSRC,
  STREAM_STATE,
  STREAMS,
  STREAMS_MAX,
  StreamBit,
} from './measured-layout.ts'
import { getF64, getI32, getNet16, getNet32, getU8, setF64, setI32 } from './memory.ts'
import { giveBack, takeRecord } from './pool.ts'
import { leaveSample } from './samples.ts'
import { beginClock, resumeClock, takeTimestamp } from './stream-clock.ts'
import { aheadOf, beginNumbers, countNumber, resumeNumbers } from './stream-numbers.ts'

const HEADER_BYTES = 12
const SOURCE_AT = 8
const PADDING = 0x20
const EXTENSION = 0x10
const SOURCES = 0x0f
// RFC 3551, 6: static types, and those that are agreed upon. What lies between may be RTCP (RFC 5761, 4).
const STATIC_TYPE_MAX = 34
const DYNAMIC_TYPE_MIN = 96
/** Sources of one side that are measured at the same time. */
const SIDE_STREAMS_MAX = 8
/** A source that is not certain and sends nothing for so long may give way. */
const PAUSE = 2e8
const RUN_MIN = 4
const RUN_MASK = 7
const AHEAD_MAX = 100
const LATE_MAX = 20
/** In the place of a side's latest stream: that one of its sources found no room was counted. */
const CROWDED = 1 << 30

/** Takes the datagram at hand into the stream that it belongs to, where it looks like one; the flags after it. */
export function measureDatagram(flow: i32, flags: i32): i32 {
  const at = getI32(PAYLOAD_AT)
  if (getI32(PAYLOAD_BYTES) <= HEADER_BYTES) return flags
  if (getI32(CAPTURED_END) - at < HEADER_BYTES || getU8(at) >> 6 !== 2) return flags
  const type = getU8(at + 1) & StreamBit.Type
  const source = getNet32(at + SOURCE_AT)
  if ((type > STATIC_TYPE_MAX && type < DYNAMIC_TYPE_MIN) || source === 0) return flags
  const head = headOf(flow, getI32(FROM_HIGH))
  let number = getI32(head) & ~CROWDED
  while (number !== 0) {
    const stream = streamAt(number)
    if (getI32(stream + STREAM_SSRC) === source) return take(flow, flags, number, type)
    number = getI32(stream + STREAM_NEXT)
  }
  if (!hasPayload(at)) return flags
  number = roomFor(flow, head)
  if (number !== 0) {
    setI32(streamAt(number) + STREAM_SSRC, source)
    beginStream(streamAt(number), type)
  }
  return flags
}

/** The flow goes on under a new record: counts begin anew, and sources that are certain stay so. */
export function resumeStreams(flow: i32): void {
  for (let high: i32 = 0; high < 2; high++) {
    const head = headOf(flow, high)
    setI32(head, getI32(head) & ~CROWDED)
    let number = getI32(head)
    while (number !== 0) {
      const stream = streamAt(number)
      setI32(stream + STREAM_PACKETS, 0)
      resumeNumbers(stream)
      resumeClock(stream)
      number = getI32(stream + STREAM_NEXT)
    }
  }
}

/** The flow is over. */
export function closeStreams(flow: i32): void {
  for (let high: i32 = 0; high < 2; high++) {
    const head = headOf(flow, high)
    let number = getI32(head) & ~CROWDED
    setI32(head, 0)
    while (number !== 0) {
      const stream = streamAt(number)
      const next = getI32(stream + STREAM_NEXT)
      setI32(stream + STREAM_OWNER, 0)
      giveBack(number, STREAMS_USED, STREAMS + STREAM_NEXT, STREAM_BYTES)
      number = next
    }
  }
}

/** The latest stream of a side, 0 for none; the others follow by STREAM_NEXT. */
export function latestStream(flow: i32, high: i32): i32 {
  return getI32(headOf(flow, high)) & ~CROWDED
}

/** Where the stream of that number lies; they begin at 1. */
export function streamAt(number: i32): i32 {
  return STREAMS + (number - 1) * STREAM_BYTES
}

function headOf(flow: i32, high: i32): i32 {
  return tcpAt(flow) + (high !== 0 ? MEDIA_HIGH : MEDIA_LOW)
}

/** Whether something is left behind sources, extension and padding. RFC 3550, 5.1 and 5.3.1. */
function hasPayload(at: i32): boolean {
  const first = getU8(at)
  const end = at + getI32(PAYLOAD_BYTES)
  const captured = getI32(CAPTURED_END)
  let payload = at + HEADER_BYTES + 4 * (first & SOURCES)
  if ((first & EXTENSION) !== 0) {
    if (payload + 4 > captured) return payload + 4 < end
    payload += 4 + 4 * getNet16(payload + 2)
  }
  if ((first & PADDING) === 0 || end > captured) return payload < end
  const padding = getU8(end - 1)
  return padding !== 0 && payload < end - padding
}

function take(flow: i32, flags: i32, number: i32, type: i32): i32 {
  const stream = streamAt(number)
  const sequence = getNet16(getI32(PAYLOAD_AT) + 2)
  const isValid = (getI32(stream + STREAM_STATE) & StreamBit.Valid) !== 0
  if (!isValid) {
    const ahead = aheadOf(stream, sequence)
    if (ahead > AHEAD_MAX || ahead < -LATE_MAX) {
      beginStream(stream, type)
      return flags
    }
  }
  const packets = getI32(stream + STREAM_PACKETS) + 1
  setI32(stream + STREAM_PACKETS, packets)
  if (packets === 1) setF64(stream + STREAM_FIRST, getF64(NOW))
  if (getF64(NOW) > getF64(stream + STREAM_LAST)) setF64(stream + STREAM_LAST, getF64(NOW))
  if (countNumber(stream, sequence)) {
    takeTimestamp(stream, type)
    if (!isValid) growOn(flow, number)
  }
  return waits(stream) ? flags | Flag.StreamWaits : flags
}

/** Only who is certain is asked about; see takeTimestamp(). */
function waits(stream: i32): boolean {
  const both = StreamBit.Valid | StreamBit.Waits
  return (getI32(stream + STREAM_STATE) & both) === both
}

/** One more packet in a row. */
function growOn(flow: i32, number: i32): void {
  const at = streamAt(number) + STREAM_STATE
  const state = getI32(at)
  const run = ((state >> StreamBit.RunAt) & RUN_MASK) + 1
  const rest = state & ~(RUN_MASK << StreamBit.RunAt)
  const isValid = run >= RUN_MIN
  setI32(at, rest | (run << StreamBit.RunAt) | (isValid ? StreamBit.Valid : 0))
  if (isValid) leaveSample(flow, Sample.Stream, getI32(FROM_HIGH), 0, number)
}

/** The packet at hand is the first of its source, or the first that makes sense. */
function beginStream(stream: i32, type: i32): void {
  setI32(stream + STREAM_STATE, type | (1 << StreamBit.RunAt))
  setI32(stream + STREAM_PACKETS, 1)
  setF64(stream + STREAM_FIRST, getF64(NOW))
  setF64(stream + STREAM_LAST, getF64(NOW))
  beginNumbers(stream, getNet16(getI32(PAYLOAD_AT) + 2))
  beginClock(stream, type)
}

/**
 * A record at the head of the side's chain; 0 where there is no room. A full side gives up its oldest source
 * that is not certain and has paused: of more sources than there is room for, the first stay.
 */
function roomFor(flow: i32, head: i32): i32 {
  let streams = 0
  let certain = 0
  let before = 0
  let paused = 0
  let beforePaused = 0
  let number = getI32(head) & ~CROWDED
  while (number !== 0) {
    const stream = streamAt(number)
    streams++
    if ((getI32(stream + STREAM_STATE) & StreamBit.Valid) !== 0) certain++
    else if (getF64(NOW) - getF64(stream + STREAM_LAST) > PAUSE) {
      paused = number
      beforePaused = before
    }
    before = number
    number = getI32(stream + STREAM_NEXT)
  }
  if (streams < SIDE_STREAMS_MAX)
    number = takeRecord(STREAMS_USED, STREAMS + STREAM_NEXT, STREAM_BYTES, STREAMS_MAX)
  if (number === 0 && paused !== 0) {
    number = paused
    leaveChain(head, paused, beforePaused)
  }
  if (number === 0) {
    if (streams === certain || streams < SIDE_STREAMS_MAX) noteCrowded(head)
    return 0
  }
  setI32(streamAt(number) + STREAM_OWNER, 1 + ((flow << 1) | getI32(FROM_HIGH)))
  setI32(streamAt(number) + STREAM_NEXT, getI32(head) & ~CROWDED)
  setI32(head, (getI32(head) & CROWDED) | number)
  return number
}

/** `before` is 0 where the record is the first of its side. */
function leaveChain(head: i32, number: i32, before: i32): void {
  const next = getI32(streamAt(number) + STREAM_NEXT)
  if (before !== 0) setI32(streamAt(before) + STREAM_NEXT, next)
  else setI32(head, (getI32(head) & CROWDED) | next)
}

/** Counted once for each side and record, however many packets come. */
function noteCrowded(head: i32): void {
  if ((getI32(head) & CROWDED) === 0) setI32(UNMEASURED, getI32(UNMEASURED) + 1)
  setI32(head, getI32(head) | CROWDED)
}
