// UDP conversations: a request with its answer, and RTP calls (RFC 3550) of two streams each.

import type { Packet, Talk, Tally } from './packet.ts'
import { type Exchange, type Payload, rtpSamples } from './payloads.ts'
import type { Random } from './random.ts'

const NS_PER_MS = 1_000_000
/** Where in the message the 16-bit transaction id stands that ties the answer to the request. */
export type IdPlace = 'first' | 'none'

/** A request at `at` and its answer some tenths of a millisecond to some milliseconds later. */
export function udpExchange(
  talk: Talk,
  { request, response }: Exchange,
  idPlace: IdPlace,
  at: number,
  random: Random,
  tally: Tally,
): Packet[] {
  tally.flows++
  const head = idPlace === 'first' ? [random.below(0x10000)] : []
  const answeredAt = at + Math.round(random.between(0.2, 15) * NS_PER_MS)
  const packet = { talk, tcp: null }
  return [
    { ...packet, at, toServer: true, payload: { head, ...request } },
    { ...packet, at: answeredAt, toServer: false, payload: { head, ...response } },
  ]
}

export interface Call {
  readonly talk: Talk
  /** Twenty-millisecond frames each way, silent ones included. */
  readonly frames: number
  /** Frames of each 64 in which a leg pauses: talk spurts (RFC 3551, 4.1). */
  readonly silentOf64: number
  /** Share of the sent packets that are taken out again. */
  readonly removedShare: number
}

const FRAME_MS = 20
const SAMPLES_PER_FRAME = 160
/** Less than half a frame, so that neither leg nor call falls out of order. */
const JITTER_MS_MAX = 4
const RTP_HEADER_BYTES = 12
const RTP_BYTES = RTP_HEADER_BYTES + SAMPLES_PER_FRAME

/** Both legs in turn, ten milliseconds apart; frames of 214 bytes (G.711) before tags and IPv6. */
export function* rtpCall(call: Call, at: number, random: Random, tally: Tally): Generator<Packet> {
  tally.flows++
  tally.rtpStreams += 2
  const legs = [new Leg(call, true, random), new Leg(call, false, random)] as const
  for (let frame = 0; frame < call.frames; frame++) {
    for (const [index, leg] of legs.entries()) {
      const payload = leg.next(frame, tally)
      if (payload === null) continue
      const offsetMs = frame * FRAME_MS + index * (FRAME_MS / 2)
      const jitterMs = frame + index === 0 ? 0 : random.between(0, JITTER_MS_MAX)
      const sentAt = at + Math.round((offsetMs + jitterMs) * NS_PER_MS)
      yield { at: sentAt, talk: call.talk, toServer: index === 0, tcp: null, payload }
    }
  }
}

/** One stream: its source, sequence number and clock, and what of it is silent or removed. */
class Leg {
  private readonly call: Call
  private readonly random: Random
  private readonly payloadType: number
  private readonly source: number
  private readonly firstStamp: number
  private readonly phase: number
  private sequence: number
  private wasSilent = true

  constructor(call: Call, toServer: boolean, random: Random) {
    this.call = call
    this.random = random
    this.payloadType = toServer ? 0 : 8
    this.source = random.word()
    this.firstStamp = random.word()
    this.sequence = random.below(0x10000)
    this.phase = random.below(64)
  }

  /**
   * What the tap sees of the leg's n-th frame; null where it is silent or its packet was removed.
   */
  next(frame: number, tally: Tally): Payload | null {
    const isEnd = frame === 0 || frame === this.call.frames - 1
    const isSilent = !isEnd && (frame + this.phase) % 64 < this.call.silentOf64
    const isFirstOfSpurt = this.wasSilent
    this.wasSilent = isSilent
    if (isSilent) return null
    this.sequence = (this.sequence + 1) & 0xffff
    if (!isEnd && this.random.chance(this.call.removedShare)) {
      tally.rtpRemoved++
      return null
    }
    tally.rtpPackets++
    return { head: this.header(frame, isFirstOfSpurt), pattern: rtpSamples, length: RTP_BYTES }
  }

  private header(frame: number, isMarked: boolean): number[] {
    const stamp = (this.firstStamp + frame * SAMPLES_PER_FRAME) >>> 0
    const marker = isMarked ? 0x80 : 0
    return [
      ...[0x8000 | marker | this.payloadType, this.sequence],
      ...[stamp >>> 16, stamp & 0xffff],
      ...[this.source >>> 16, this.source & 0xffff],
    ]
  }
}
