// Streams of media of which everything is known: what was sent, what the way did to it, and from that what
// has to be measured. The truth is told from the packets' places in the story, never from their headers.

import { join, u16, u32, zeros } from '../../fixtures/scenario/bytes.ts'
import { PROTOCOL } from '../../fixtures/scenario/packet.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { type Frame, ip } from '../support/frames.ts'

/** A packet as the source sends it. Numbers and timestamps are those of the story: they never wrap. */
export interface MediaPacket {
  /** Place in the story of its source, from 0; a new beginning of the numbers leaves places out. */
  readonly place: number
  readonly sequence: number
  readonly timestamp: number
  readonly payloadType: number
  readonly payloadBytes: number
  readonly sentNs: number
  /** Whether it is an event or the like, and has no part in the jitter. */
  readonly isAside?: boolean
}

export interface Arrival {
  readonly packet: MediaPacket
  readonly timeNs: number
}

interface Talk {
  readonly packets: number
  readonly payloadType?: number
  readonly clockRate?: number
  readonly packetMs?: number
  readonly sequence?: number
  readonly timestamp?: number
  readonly startNs?: number
}

const MILLISECOND_NS = 1e6
const VOICE_BYTES = 160

/** A voice that never pauses. */
export function talk(options: Talk): readonly MediaPacket[] {
  const { payloadType = 0, clockRate = 8000, packetMs = 20, startNs = 1e9 } = options
  const { sequence = 1000, timestamp = 5000 } = options
  return Array.from({ length: options.packets }, (_, place) => ({
    ...{ place, sequence: sequence + place, payloadType, payloadBytes: VOICE_BYTES },
    timestamp: timestamp + (place * packetMs * clockRate) / 1000,
    sentNs: startNs + place * packetMs * MILLISECOND_NS,
  }))
}

/** Video of 30 frames a second on 90 kHz: up to eight packets share a timestamp, half a millisecond apart. */
export function film(frames: number, seed: number, payloadType = 34): readonly MediaPacket[] {
  const random = seeded(seed)
  const packets: MediaPacket[] = []
  for (let frame = 0; frame < frames; frame++) {
    const parts = 1 + (random() % 8)
    for (let part = 0; part < parts; part++) {
      const place = packets.length
      const sentNs = 1e9 + Math.round((frame * 1e9) / 30) + part * 5e5
      const [sequence, timestamp] = [60_000 + place, 777 + 3000 * frame]
      packets.push({ place, sequence, timestamp, payloadType, payloadBytes: 1000, sentNs })
    }
  }
  return packets
}

/** What the way does: to each place whether it is lost, to each packet how long it takes and how often it comes. */
export interface Way {
  readonly isLost?: (place: number) => boolean
  readonly delayNs?: (place: number) => number
  readonly isDoubled?: (place: number) => boolean
}

/** What comes, in the order in which it comes. A copy is 3 ms late. */
export function cross(packets: readonly MediaPacket[], way: Way = {}): readonly Arrival[] {
  const { isLost = () => false, delayNs = () => 1e6, isDoubled = () => false } = way
  return packets
    .filter(({ place }) => !isLost(place))
    .flatMap(packet => {
      const timeNs = Math.round(packet.sentNs + delayNs(packet.place))
      const copy = { packet, timeNs: timeNs + 3 * MILLISECOND_NS }
      return isDoubled(packet.place) ? [{ packet, timeNs }, copy] : [{ packet, timeNs }]
    })
    .toSorted((one, other) => one.timeNs - other.timeNs)
}

/** Frames from `a` to `b`, or however `way` says it. */
export const framesOf = (
  arrivals: readonly Arrival[],
  ssrc = 0x1234abcd,
  way = 'a:16400 > b:20000',
): readonly Frame[] =>
  arrivals.map(({ packet, timeNs }) => ({ ...datagram(way, rtp(packet, ssrc)), timeNs }))

/** RFC 3550, 5.1. */
export const rtp = (packet: MediaPacket, ssrc: number): Uint8Array =>
  join(
    [0x80, packet.payloadType],
    u16(packet.sequence & 0xffff),
    u32(packet.timestamp % 2 ** 32),
    u32(ssrc),
    zeros(packet.payloadBytes),
  )

export function datagram(way: string, payload: Uint8Array): Frame {
  const [source = 0, target = 0] = [...way.matchAll(/:(\d+)(?= |$)/g)].map(([, port]) =>
    Number(port),
  )
  const header = join(u16(source), u16(target), u16(8 + payload.length), u16(0))
  const ends = way.replaceAll(/:\d+(?= |$)/g, '')
  return ip(0, ends, PROTOCOL.UDP, join(header, payload))
}

/** What has to be found of one beginning of one source. */
export interface Truth {
  readonly packets: number
  readonly expected: number
  readonly lost: number
  readonly duplicates: number
}

export function truthOf(arrivals: readonly Arrival[]): Truth {
  const places = new Set(arrivals.map(({ packet }) => packet.place))
  const inOrder = [...places].toSorted((one, other) => one - other)
  const expected = (inOrder.at(-1) ?? 0) - (inOrder[0] ?? 0) + 1
  return {
    ...{ packets: arrivals.length, expected, lost: expected - places.size },
    duplicates: arrivals.length - places.size,
  }
}

/** RFC 3550, 6.4.1, in doubles, in the order of arrival; milliseconds. A copy is no packet of the source's. */
export function jitterOf(
  arrivals: readonly Arrival[],
  clockRate = 8000,
): { readonly mean: number; readonly max: number } {
  const seen = new Set<number>()
  const counted = arrivals.filter(({ packet: { place, isAside } }) => {
    const isCounted = !seen.has(place) && isAside !== true
    seen.add(place)
    return isCounted
  })
  let jitter = 0
  const values: number[] = []
  for (const [index, { packet, timeNs }] of counted.entries()) {
    const before = counted[index - 1]
    if (before === undefined) continue
    const apartS = (timeNs - before.timeNs) / 1e9
    const meantS = (packet.timestamp - before.packet.timestamp) / clockRate
    jitter += (Math.abs(apartS - meantS) - jitter) / 16
    values.push(jitter * 1000)
  }
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    max: Math.max(...values),
  }
}

/** Chance, from a seed: of each place its own, however often it is asked for. */
export function chance(seed: number, share: number): (place: number) => boolean {
  const random = seeded(seed)
  const drawn: boolean[] = []
  return place => {
    while (drawn.length <= place) drawn.push(random() / 2 ** 32 < share)
    return drawn[place] === true
  }
}

/** Runs of up to `longest` places, one after about `every` places. */
export function bursts(seed: number, every: number, longest: number): (place: number) => boolean {
  const random = seeded(seed)
  const drawn: boolean[] = []
  return place => {
    while (drawn.length <= place) {
      const isBurst = random() % every === 0
      const places = isBurst ? 1 + (random() % longest) : 1
      for (let index = 0; index < places; index++) drawn.push(isBurst)
    }
    return drawn[place] === true
  }
}

/** Evenly spread from `low` to `high`, of each place its own. */
export function spread(seed: number, lowNs: number, highNs: number): (place: number) => number {
  const random = seeded(seed)
  const drawn: number[] = []
  return place => {
    while (drawn.length <= place) drawn.push(lowNs + (random() / 2 ** 32) * (highNs - lowNs))
    return drawn[place] ?? lowNs
  }
}
