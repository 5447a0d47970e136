// What the kernel keeps of streams of media, as the model has it.

import {
  ClockBasis,
  STREAM_DUPLICATES,
  STREAM_FIRST,
  STREAM_JITTER,
  STREAM_JITTER_MAX,
  STREAM_JITTER_SUM,
  STREAM_JITTERS,
  STREAM_LAST,
  STREAM_LATE,
  STREAM_NEXT,
  STREAM_OWNER,
  STREAM_PACKETS,
  STREAM_SSRC,
  STREAM_STATE,
  STREAM_TICK,
  STREAM_TURNS,
  StreamBit,
} from '../kernel/measured-layout.ts'
import { getF64, getI32 } from '../kernel/memory.ts'
import { setClock } from '../kernel/stream-clock.ts'
import { expectedOf } from '../kernel/stream-numbers.ts'
import { latestStream, streamAt } from '../kernel/streams.ts'
import type {
  ClockRateBasis,
  MeasuredFlow,
  RtpQuality,
  Side,
  StreamState,
} from '../model/quality.ts'

const SIDES = ['client', 'server'] as const
const SECOND_NS = 1e9
const MILLISECOND_NS = 1e6
const TURN_BITS = 16
const TURN_MASK = 0xffff
const BASIS_MASK = 3

const BASES: Readonly<Record<number, ClockRateBasis>> = {
  [ClockBasis.Static]: 'static',
  [ClockBasis.Sdp]: 'sdp',
  [ClockBasis.Inferred]: 'inferred',
}

/** A stream that is being measured, as it is now. Counts are since the flow's record began. */
export interface LiveStream extends StreamState {
  /** The kernel's number of the flow, and whether its high side sends. */
  readonly flow: number
  readonly isHigh: boolean
  readonly ssrc: number
}

/**
 * The stream of that number, as a sample of kind Stream tells it (kernel/samples.ts); null once it is over.
 * Numbers are given anew, so one that was kept is stale where flow, side or SSRC are not those it had.
 */
export function liveStream(number: number): LiveStream | null {
  const at = streamAt(number)
  const owner = getI32(at + STREAM_OWNER) - 1
  if (owner < 0 || !isValid(at)) return null
  const state = getI32(at + STREAM_STATE)
  const { packets, expected, lost, duplicates } = countsOf(at)
  // Written out, since each stream is looked at once a second, and spreading takes many times as long.
  return {
    flow: owner >>> 1,
    isHigh: (owner & 1) !== 0,
    ssrc: getI32(at + STREAM_SSRC) >>> 0,
    payloadType: state & StreamBit.Type,
    packets,
    expected,
    lost,
    duplicates,
    isNoise: (state & StreamBit.Noise) !== 0,
    clockRate: rateOf(at),
    jitterMs: basisOf(at) === 'unknown' ? null : getF64(at + STREAM_JITTER) / MILLISECOND_NS,
    outOfOrder: getI32(at + STREAM_LATE),
    firstNs: getF64(at + STREAM_FIRST),
    lastNs: getF64(at + STREAM_LAST),
  }
}

/** The source of the stream of that number; null once it is over. */
export function liveSource(number: number): number | null {
  const at = streamAt(number)
  return getI32(at + STREAM_OWNER) !== 0 && isValid(at) ? getI32(at + STREAM_SSRC) >>> 0 : null
}

/** The streams of a kernel flow whose record ends, those of the client first; `isAnnounced` tells of who receives. */
export function streamsOf(
  flow: number,
  measured: MeasuredFlow,
  clientHigh: boolean,
  isAnnounced: (receiver: Side) => boolean,
): readonly RtpQuality[] {
  const streams: RtpQuality[] = []
  for (const from of SIDES) {
    const isHigh = (from === 'client') === clientHigh
    if (latestStream(flow, isHigh ? 1 : 0) === 0) continue
    const announced = isAnnounced(from === 'client' ? 'server' : 'client')
    for (const at of recordsOf(flow, isHigh))
      if (isValid(at) && getI32(at + STREAM_PACKETS) > 0)
        streams.push(qualityOf(at, measured, from, announced))
  }
  return streams
}

/** Names the clocks of the flow's streams that wait for it; `rateOf` gives null where it is not known. */
export function nameClocks(
  flow: number,
  rateOf: (isHigh: boolean, payloadType: number) => number | null,
): void {
  for (const isHigh of [false, true])
    for (const at of recordsOf(flow, isHigh)) {
      const state = getI32(at + STREAM_STATE)
      if ((state & StreamBit.Waits) !== 0) setClock(at, rateOf(isHigh, state & StreamBit.Type) ?? 0)
    }
}

/** Whether any stream is kept of the flow, be it certain or not. */
export const hasStreams = (flow: number): boolean =>
  latestStream(flow, 0) !== 0 || latestStream(flow, 1) !== 0

/** Those of one side, the oldest first. */
function recordsOf(flow: number, isHigh: boolean): readonly number[] {
  const records: number[] = []
  for (let number = latestStream(flow, isHigh ? 1 : 0); number !== 0; ) {
    const at = streamAt(number)
    records.push(at)
    number = getI32(at + STREAM_NEXT)
  }
  return records.length > 1 ? records.reverse() : records
}

const isValid = (at: number): boolean => (getI32(at + STREAM_STATE) & StreamBit.Valid) !== 0

const basisOf = (at: number): ClockRateBasis =>
  BASES[(getI32(at + STREAM_STATE) >> StreamBit.BasisAt) & BASIS_MASK] ?? 'unknown'

const rateOf = (at: number): number | null =>
  basisOf(at) === 'unknown' ? null : Math.round(SECOND_NS / getF64(at + STREAM_TICK))

function countsOf(at: number): Pick<RtpQuality, 'packets' | 'expected' | 'lost' | 'duplicates'> {
  const packets = getI32(at + STREAM_PACKETS)
  const duplicates = getI32(at + STREAM_DUPLICATES)
  const expected = expectedOf(at)
  return { packets, expected, lost: Math.max(0, expected - (packets - duplicates)), duplicates }
}

function qualityOf(at: number, measured: MeasuredFlow, from: Side, announced: boolean): RtpQuality {
  const turns = getI32(at + STREAM_TURNS)
  const basis = basisOf(at)
  const values = getI32(at + STREAM_JITTERS)
  const lastNs = getF64(at + STREAM_LAST)
  const { packets, expected, lost, duplicates } = countsOf(at)
  return {
    kind: 'rtp',
    flow: measured,
    from,
    timeNs: lastNs,
    ssrc: getI32(at + STREAM_SSRC) >>> 0,
    payloadType: getI32(at + STREAM_STATE) & StreamBit.Type,
    payloadTypeChanges: turns & TURN_MASK,
    clockRate: rateOf(at),
    clockRateBasis: basis,
    packets,
    expected,
    lost,
    duplicates,
    outOfOrder: getI32(at + STREAM_LATE),
    restarts: turns >>> TURN_BITS,
    jitterMs: basis === 'unknown' || values === 0 ? null : jitterOf(at, values),
    firstNs: getF64(at + STREAM_FIRST),
    lastNs,
    announced,
  }
}

const jitterOf = (at: number, values: number): { readonly mean: number; readonly max: number } => ({
  mean: getF64(at + STREAM_JITTER_SUM) / values / MILLISECOND_NS,
  max: getF64(at + STREAM_JITTER_MAX) / MILLISECOND_NS,
})
