// Media between two ends, one direction at a time: whatever sources an end sends from a port to a port of the
// other, one after the other or at once (RFC 3550, 3).

import type { Endpoint, PacketRef } from '../../model/flow.ts'
import type { Placement } from '../../model/inventory.ts'
import type { MediaStream, RtpQuality, Side, StreamState } from '../../model/quality.ts'

/** Lanes that are followed at once. */
const LANES_MAX = 4096
/** Sources of a lane that are remembered. */
const TRACKS_MAX = 16
/** After such a time a lane is over: so long a UDP flow lives, and what is told of it comes then. */
const REST_NS = 130e9
/** Ticks are a second apart, so that two packets of an even stream seem to be no further apart than this. */
const PAUSE_NS = 1.5e9

export interface End {
  readonly placement: Placement
  readonly endpoint: Endpoint
}

/** What a source has sent since it was first heard, over all records of its flow. */
export interface Counts {
  readonly packets: number
  readonly expected: number
  readonly lost: number
  readonly duplicates: number
  readonly outOfOrder: number
}

/** One source of a lane. */
export interface Track {
  readonly stream: MediaStream
  state: StreamState | null
  /** Of records that have ended. */
  before: Counts
  isOver: boolean
  /** What it had sent when the windows of media-rows.ts at hand began. */
  atStreams: Counts
  atLoss: Counts
}

export interface Lane {
  readonly source: End
  readonly target: End
  /** Lanes of the other direction are found by these. */
  readonly backKey: string
  readonly backHosts: string
  /** The first packet of the flow in which it was first heard. */
  readonly first: PacketRef
  readonly firstNs: number
  lastNs: number
  /** Since when it has gone on without a pause. */
  sinceNs: number
  /** Of the latest packets. */
  ssrc: number
  payloadType: number
  clockRate: number | null
  isNoise: boolean
  readonly tracks: Track[]
}

const NOTHING: Counts = { packets: 0, expected: 0, lost: 0, duplicates: 0, outOfOrder: 0 }
const NO_LANES: readonly Lane[] = []

export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  /** By the two hosts, in the order in which the media goes. */
  readonly #between = new Map<string, Lane[]>()
  /** Lanes that found no room. */
  missed = 0

  all(): Iterable<Lane> {
    return this.#lanes.values()
  }

  /** Null where there is no room for it. */
  streamed(stream: MediaStream, client: Placement, server: Placement): Lane | null {
    const { flow, from } = stream
    const state = stream.now()
    if (state === null) return null
    const ends = {
      client: { placement: client, endpoint: flow.client },
      server: { placement: server, endpoint: flow.server },
    }
    const [source, target] = [ends[from], ends[other(from)]]
    const lane = this.#take(source, target, flow.first, state)
    if (lane === null) return null
    // A number of the kernel's may be given anew, even to the same source.
    for (const track of lane.tracks) if (track.stream.ssrc === stream.ssrc) close(track)
    if (lane.tracks.length >= TRACKS_MAX) lane.tracks.shift()
    lane.tracks.push({
      stream,
      state,
      before: NOTHING,
      isOver: false,
      atStreams: NOTHING,
      atLoss: NOTHING,
    })
    moveOn(lane, stream.ssrc, state)
    return lane
  }

  /** A record of one of the sources has ended. */
  ended(record: RtpQuality): void {
    const { flow, from, ssrc } = record
    const lane = this.#lanes.get(keyOf(flow[from], flow[other(from)]))
    const track = lane?.tracks.findLast(one => one.stream.ssrc === ssrc && !one.isOver)
    if (lane === undefined || track === undefined) return
    track.before = sumOf(track.before, record)
    track.state = null
    moveOn(lane, ssrc, record)
  }

  /** Looks how far all of them have come. */
  tick(nowNs: number): void {
    for (const [key, lane] of this.#lanes) {
      for (const track of lane.tracks) if (!track.isOver) look(lane, track)
      if (nowNs - lane.lastNs > REST_NS && !this.#isMissed(lane, nowNs)) this.#forget(key, lane)
    }
  }

  /** The other end goes on, so that it matters that this one was heard before. */
  #isMissed(lane: Lane, nowNs: number): boolean {
    for (const one of this.comingBack(lane)) if (nowNs - one.lastNs <= REST_NS) return true
    return false
  }

  /** The other direction between the same two ports. */
  back({ backKey }: Lane): Lane | undefined {
    return this.#lanes.get(backKey)
  }

  /** All between the same hosts in the other direction. */
  comingBack({ backHosts }: Lane): readonly Lane[] {
    return this.#between.get(backHosts) ?? NO_LANES
  }

  #take(source: End, target: End, first: PacketRef, state: StreamState): Lane | null {
    const key = keyOf(source.endpoint, target.endpoint)
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    if (this.#lanes.size >= LANES_MAX) {
      this.missed++
      return null
    }
    const { firstNs, payloadType, clockRate, isNoise } = state
    // Written out, so that all lanes are objects of one shape.
    const lane: Lane = {
      source,
      target,
      backKey: keyOf(target.endpoint, source.endpoint),
      backHosts: hostsOf(target.endpoint, source.endpoint),
      first,
      firstNs,
      lastNs: firstNs,
      sinceNs: firstNs,
      ssrc: 0,
      payloadType,
      clockRate,
      isNoise,
      tracks: [],
    }
    this.#lanes.set(key, lane)
    const hosts = hostsOf(source.endpoint, target.endpoint)
    const beside = this.#between.get(hosts)
    if (beside === undefined) this.#between.set(hosts, [lane])
    else beside.push(lane)
    return lane
  }

  #forget(key: string, lane: Lane): void {
    this.#lanes.delete(key)
    const hosts = hostsOf(lane.source.endpoint, lane.target.endpoint)
    const beside = this.#between.get(hosts)
    const rest = beside?.filter(one => one !== lane) ?? []
    if (rest.length === 0) this.#between.delete(hosts)
    else this.#between.set(hosts, rest)
  }
}

/** What a source has sent so far. */
export const countsOf = ({ before, state }: Track): Counts =>
  state === null ? before : sumOf(before, state)

function close(track: Track): void {
  track.isOver = true
  track.state = null
}

function look(lane: Lane, track: Track): void {
  const state = track.stream.now()
  // Of a record that has ended, the last was told.
  if (state === null && track.state === null) track.isOver = true
  track.state = state
  if (state !== null && state.packets > 0) moveOn(lane, track.stream.ssrc, state)
}

type Moved = Pick<StreamState, 'lastNs' | 'payloadType' | 'clockRate'> &
  Partial<Pick<StreamState, 'isNoise'>>

function moveOn(lane: Lane, ssrc: number, moved: Moved): void {
  const { lastNs, payloadType, clockRate, isNoise = lane.isNoise } = moved
  if (lastNs < lane.lastNs) return
  if (lastNs - lane.lastNs > PAUSE_NS) lane.sinceNs = lastNs
  lane.lastNs = lastNs
  lane.ssrc = ssrc
  lane.payloadType = payloadType
  lane.clockRate = clockRate
  lane.isNoise = isNoise
}

const sumOf = (one: Counts, two: Counts): Counts => ({
  packets: one.packets + two.packets,
  expected: one.expected + two.expected,
  lost: one.lost + two.lost,
  duplicates: one.duplicates + two.duplicates,
  outOfOrder: one.outOfOrder + two.outOfOrder,
})

const other = (side: Side): Side => (side === 'client' ? 'server' : 'client')

const placeOf = ({ address, port }: Endpoint): string => `${address.text} ${port}`

const keyOf = (source: Endpoint, target: Endpoint): string =>
  `${placeOf(source)} ${placeOf(target)}`

const hostsOf = (source: Endpoint, target: Endpoint): string =>
  `${source.address.text} ${target.address.text}`
