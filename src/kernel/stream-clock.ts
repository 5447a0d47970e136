// The timestamps of a stream: jitter by RFC 3550, A.8, in nanoseconds. The clock is the payload type's
// (RFC 3551, 6), else what SDP says, else what the timestamps themselves tell over a while.

import { NOW, PAYLOAD_AT, PAYLOAD_BYTES } from './layout.ts'
import {
  ClockBasis,
  STREAM_ARRIVAL,
  STREAM_FIRST,
  STREAM_JITTER,
  STREAM_JITTER_MAX,
  STREAM_JITTER_SUM,
  STREAM_JITTERS,
  STREAM_MARK,
  STREAM_PACKETS,
  STREAM_STATE,
  STREAM_TICK,
  STREAM_TIMESTAMP,
  STREAM_TURNS,
  StreamBit,
} from './measured-layout.ts'
import { getF64, getI32, getNet32, min32, setF64, setI32 } from './memory.ts'

const SECOND = 1e9
const TIMESTAMP_AT = 4
const DYNAMIC_TYPE_MIN = 96
/** Comfort noise, RFC 3389; 19 is what it was before. */
const NOISE_TYPE = 13
const NOISE_TYPE_BEFORE = 19
const NOISE_RATE = 8000
/** An RTP header and one event, RFC 4733, 2.3. */
const EVENT_BYTES = 16
const TURNS_MASK = 0xffff
const BASIS_MASK = 3
const ASKED_MAX = 15
// Inferring a clock takes this many packets and this much time, and may take so long.
const INFERRED_PACKETS = 8
const INFERRED_MASK = 15
const FOUND_MASK = 15
const INFERRED_MIN = 1e8
const INFERRED_MAX = 60e9
/** What the way may have added to the time between two packets. */
const DELAY_VARIATION = 6e7
const DEVIATION_MIN = 0.02
const DEVIATION_MAX = 0.15
const RATES = 10
// A clock that was told is checked after so much time, in which no way delays a packet by another rate's share.
const CHECK_MASK = 31
const CHECK_MIN = 5e9

/** The stream begins with the packet at hand. */
export function beginClock(stream: i32, type: i32): void {
  setF64(stream + STREAM_JITTER, 0)
  clearJitter(stream)
  if (isEvent(type) || isNoise(type))
    setI32(stream + STREAM_STATE, getI32(stream + STREAM_STATE) | StreamBit.Aside)
  nameClock(stream, type)
  follow(stream)
}

/** Counts begin anew; the jitter itself goes on. */
export function resumeClock(stream: i32): void {
  clearJitter(stream)
  setChecked(stream)
}

function clearJitter(stream: i32): void {
  setI32(stream + STREAM_JITTERS, 0)
  setF64(stream + STREAM_JITTER_MAX, 0)
  setF64(stream + STREAM_JITTER_SUM, 0)
}

/** Takes the timestamp of the packet at hand. */
export function takeTimestamp(stream: i32, type: i32): void {
  if (isEvent(type)) return
  if (type !== (getI32(stream + STREAM_STATE) & StreamBit.Type)) {
    if (!isNoise(type)) change(stream, type)
    else if (!isNoiseClock(stream)) return
  }
  follow(stream)
}

/** The clock that the slow path knows of, in timestamps a second; 0 where it knows none. */
export function setClock(stream: i32, rate: i32): void {
  const at = stream + STREAM_STATE
  setI32(at, getI32(at) & ~StreamBit.Waits)
  if (rate <= 0) return
  if (basisOf(getI32(at)) === ClockBasis.Unknown) setF64(stream + STREAM_JITTER, 0)
  setRate(stream, rate, ClockBasis.Sdp)
}

/** An event keeps one timestamp for as long as a key is held down (RFC 4733, 2.2.1): it tells nothing of the way. */
function isEvent(type: i32): boolean {
  return type >= DYNAMIC_TYPE_MIN && getI32(PAYLOAD_BYTES) === EVENT_BYTES
}

/** Noise stands between the voice, and goes by its clock. */
function isNoise(type: i32): boolean {
  return type === NOISE_TYPE || type === NOISE_TYPE_BEFORE
}

function isNoiseClock(stream: i32): boolean {
  const isKnown = basisOf(getI32(stream + STREAM_STATE)) !== ClockBasis.Unknown
  return isKnown && getF64(stream + STREAM_TICK) === SECOND / NOISE_RATE
}

/** Another payload type; where the clock is the same, the jitter goes on. */
function change(stream: i32, type: i32): void {
  const at = stream + STREAM_STATE
  const turns = getI32(stream + STREAM_TURNS)
  const isFirst = (getI32(at) & StreamBit.Aside) !== 0
  if (!isFirst && (turns & TURNS_MASK) !== TURNS_MASK) setI32(stream + STREAM_TURNS, turns + 1)
  setI32(at, (getI32(at) & ~(StreamBit.Type | StreamBit.Aside)) | type)
  setChecked(stream)
  nameClock(stream, type)
}

/** The clock of a static type, or a question to the slow path. */
function nameClock(stream: i32, type: i32): void {
  const rate = staticRate(type)
  if (rate !== 0) {
    if (basisOf(getI32(stream + STREAM_STATE)) === ClockBasis.Unknown)
      setF64(stream + STREAM_JITTER, 0)
    setRate(stream, rate, ClockBasis.Static)
    return
  }
  const at = stream + STREAM_STATE
  const state = withoutClock(getI32(at))
  const asked = (state >> StreamBit.AskedAt) & ASKED_MAX
  const isAsked = asked < ASKED_MAX
  setI32(at, isAsked ? (state | StreamBit.Waits) + (1 << StreamBit.AskedAt) : state)
}

function setRate(stream: i32, rate: i32, basis: i32): void {
  const at = stream + STREAM_STATE
  const tick = SECOND / rate
  const isSame = basisOf(getI32(at)) !== ClockBasis.Unknown && getF64(stream + STREAM_TICK) === tick
  const timed = isSame ? getI32(at) & StreamBit.Timed : 0
  setF64(stream + STREAM_TICK, tick)
  setI32(at, withoutClock(getI32(at)) | timed | (basis << StreamBit.BasisAt))
}

function withoutClock(state: i32): i32 {
  return withoutInferred(state) & ~(StreamBit.Timed | (BASIS_MASK << StreamBit.BasisAt))
}

function basisOf(state: i32): i32 {
  return (state >> StreamBit.BasisAt) & BASIS_MASK
}

function follow(stream: i32): void {
  const timestamp = getNet32(getI32(PAYLOAD_AT) + TIMESTAMP_AT)
  const state = getI32(stream + STREAM_STATE)
  if (basisOf(state) === ClockBasis.Unknown) infer(stream, timestamp)
  else if ((state & StreamBit.Timed) !== 0) addJitter(stream, timestamp)
  else {
    setI32(stream + STREAM_STATE, state | StreamBit.Timed)
    if (getI32(stream + STREAM_PACKETS) === 1) setI32(stream + STREAM_MARK, timestamp)
  }
  setI32(stream + STREAM_TIMESTAMP, timestamp)
  setF64(stream + STREAM_ARRIVAL, getF64(NOW))
}

/** RFC 3550, A.8: in the order in which packets come, whatever their numbers. */
function addJitter(stream: i32, timestamp: i32): void {
  const ticks = (timestamp - getI32(stream + STREAM_TIMESTAMP)) | 0
  const apart = getF64(NOW) - getF64(stream + STREAM_ARRIVAL) - ticks * getF64(stream + STREAM_TICK)
  const before = getF64(stream + STREAM_JITTER)
  const jitter = before + (Math.abs(apart) - before) / 16
  setF64(stream + STREAM_JITTER, jitter)
  if (jitter > getF64(stream + STREAM_JITTER_MAX)) setF64(stream + STREAM_JITTER_MAX, jitter)
  setF64(stream + STREAM_JITTER_SUM, getF64(stream + STREAM_JITTER_SUM) + jitter)
  const jitters = getI32(stream + STREAM_JITTERS) + 1
  setI32(stream + STREAM_JITTERS, jitters)
  if ((jitters & CHECK_MASK) === 0) check(stream, timestamp)
}

/**
 * Whether the clock that was told is the stream's, once: senders that err by half or by twice are known of.
 * Where the timestamps fit another rate alone, that one is inferred, and the jitter so far was none.
 */
function check(stream: i32, timestamp: i32): void {
  const state = getI32(stream + STREAM_STATE)
  const elapsed = getF64(NOW) - getF64(stream + STREAM_FIRST)
  if ((state & StreamBit.Checked) !== 0 || elapsed < CHECK_MIN) return
  setChecked(stream)
  if (basisOf(state) === ClockBasis.Inferred || getI32(stream + STREAM_TURNS) !== 0) return
  const seen = (((timestamp - getI32(stream + STREAM_MARK)) | 0) * SECOND) / elapsed
  const off = Math.abs((seen * getF64(stream + STREAM_TICK)) / SECOND - 1)
  if (off <= DEVIATION_MAX || fittingRate(seen, elapsed) === 0) return
  setI32(stream + STREAM_STATE, withoutClock(getI32(stream + STREAM_STATE)))
  clearJitter(stream)
}

function setChecked(stream: i32): void {
  setI32(stream + STREAM_STATE, getI32(stream + STREAM_STATE) | StreamBit.Checked)
}

/** Every few packets the time since a marked one is held against its timestamps; two in a row must agree. */
function infer(stream: i32, timestamp: i32): void {
  const state = getI32(stream + STREAM_STATE)
  const packets = ((state >> StreamBit.InferredAt) & INFERRED_MASK) + 1
  const elapsed = getF64(NOW) - getF64(stream + STREAM_JITTER)
  if (packets === 1 || elapsed > INFERRED_MAX || elapsed < 0) {
    setI32(stream + STREAM_MARK, timestamp)
    setF64(stream + STREAM_JITTER, getF64(NOW))
    setInferred(stream, 1, 0)
    return
  }
  const before = (state >> StreamBit.FoundAt) & FOUND_MASK
  if (packets < INFERRED_PACKETS || elapsed < INFERRED_MIN) {
    setInferred(stream, min32(packets, INFERRED_PACKETS), before)
    return
  }
  const ticks = (timestamp - getI32(stream + STREAM_MARK)) | 0
  const found = fittingRate((ticks * SECOND) / elapsed, elapsed)
  setInferred(stream, 1, found)
  if (found === 0 || found !== before) return
  setF64(stream + STREAM_JITTER, 0)
  setRate(stream, rateOf(found), ClockBasis.Inferred)
  setI32(stream + STREAM_STATE, getI32(stream + STREAM_STATE) | StreamBit.Timed)
}

function setInferred(stream: i32, packets: i32, found: i32): void {
  const state = withoutInferred(getI32(stream + STREAM_STATE))
  const both = (packets << StreamBit.InferredAt) | (found << StreamBit.FoundAt)
  setI32(stream + STREAM_STATE, state | both)
}

function withoutInferred(state: i32): i32 {
  const found = FOUND_MASK << StreamBit.FoundAt
  return state & ~(found | (INFERRED_MASK << StreamBit.InferredAt))
}

/** The only rate that fits to within what the way may have done to so much time; 0 where there is none. */
function fittingRate(seen: f64, elapsed: f64): i32 {
  const deviation = Math.max(DELAY_VARIATION / elapsed, DEVIATION_MIN)
  let found = 0
  for (let index: i32 = 1; index <= RATES; index++) {
    const off = Math.abs(seen / rateOf(index) - 1)
    if (off > deviation) continue
    if (found !== 0 || off > DEVIATION_MAX) return 0
    found = index
  }
  return found
}

/** Clocks that media are known to have, RFC 3551 and what is registered since. */
function rateOf(index: i32): i32 {
  if (index === 1) return 8000
  if (index === 2) return 11025
  if (index === 3) return 12000
  if (index === 4) return 16000
  if (index === 5) return 22050
  if (index === 6) return 24000
  if (index === 7) return 32000
  if (index === 8) return 44100
  return index === 9 ? 48000 : 90000
}

/** RFC 3551, 6, tables 4 and 5; 0 for a type without an assignment. */
function staticRate(type: i32): i32 {
  if (type === 6) return 16000
  if (type === 10 || type === 11) return 44100
  if (type === 14) return 90000
  if (type === 16) return 11025
  if (type === 17) return 22050
  if (type === 0 || (type >= 3 && type <= 19)) return 8000
  if (type === 25 || type === 26 || type === 28) return 90000
  return type >= 31 && type <= 34 ? 90000 : 0
}
