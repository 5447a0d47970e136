// What the sensors have shown so far about pairs and hosts: the ground on which silence and resets
// are read. Everything here grows with the inventory and the closed set of roles and zones, never
// with the traffic.

import type { Address } from '../model/address.ts'
import { type FlowRecord, SIGHT_UNKNOWN } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import { PairTable } from '../model/pair-table.ts'
import { Vantage } from './vantage.ts'

/** Share of a pair's connections that must be seen both ways before silence means anything. */
const VISIBILITY_MIN = 0.9

/**
 * A host that shows more TTLs than this is reached by so many ways that one more proves nothing.
 */
const TTLS_MAX = 8

/** The marks by which a host's own packets are told from those that a filter sends in its name. */
export interface HostProfile {
  /** TTLs of its SYN-ACKs as this sensor sees them, in ascending order. */
  readonly ttls: readonly number[]
  /** Whether a TTL that is not among them cannot be the host's. */
  readonly isWhole: boolean
  /** Shortest time from a SYN to its SYN-ACK, nanoseconds; null where no such pair was seen. */
  readonly handshakeNs: number | null
}

/**
 * When any packet of a declared node was last seen; nanoseconds since the epoch, -Infinity if
 * never.
 */
type LastHeard = (placement: Placement) => number

/** Media announcements that are remembered; the oldest go first. */
const ANNOUNCED_MAX = 65_536

export class Evidence {
  #pairs = new PairTable<{ both: number; oneWay: number }>()
  #marks = new Map<string, Marks>()
  #announced = new Set<string>()
  /** By sensor: when it listened again after its last break, nanoseconds since the run's epoch. */
  #againNs: number[] = []
  /** Bit by bit the sensors that hear one direction only. */
  #halfDeaf = 0
  readonly lastHeard: LastHeard
  readonly vantage: Vantage

  constructor(lastHeard: LastHeard, vantage: Vantage = new Vantage([])) {
    this.lastHeard = lastHeard
    this.vantage = vantage
  }

  /**
   * Goes on with what was shown under other rules: by address in any case, and by the names of placements where
   * these mean the same.
   */
  inherit(former: Evidence, isSamePlaces: boolean): void {
    this.#marks = former.#marks
    this.#announced = former.#announced
    this.#againNs = former.#againNs
    this.#halfDeaf = former.#halfDeaf
    if (!isSamePlaces) return
    this.#pairs = former.#pairs
    this.vantage.inherit(former.vantage)
  }

  /** A sensor has not listened for a while, and listens again from then on. */
  interrupt(sensor: number, againNs: number): void {
    this.#againNs[sensor] = againNs
  }

  /** A sensor hears one direction only from now on, or both again. */
  setHalfDeaf(sensor: number, isHalfDeaf: boolean): void {
    this.#halfDeaf = isHalfDeaf ? this.#halfDeaf | (1 << sensor) : this.#halfDeaf & ~(1 << sensor)
  }

  /**
   * Whether those who saw the flow have listened from its first packet until now, so that what they did not hear
   * was not there. Of an unknown sensor, whether all have.
   */
  hasListened({ firstNs, sensors }: FlowRecord, nowNs: number): boolean {
    const mask = sensors.client | sensors.server
    const saw = mask === 0 || (mask & SIGHT_UNKNOWN) !== 0 ? EVERYBODY : mask
    if ((saw & this.#halfDeaf) !== 0) return false
    return !this.#againNs.some(
      (againNs, sensor) => (saw & (1 << sensor)) !== 0 && againNs > firstNs && againNs <= nowNs,
    )
  }

  /**
   * A connection of this pair was seen in both directions, or in one although the other must exist.
   */
  notePair(a: Placement, b: Placement, seen: 'both' | 'one_way'): void {
    const [low, high] = inOrder(a, b)
    const pair = this.#pairs.take(low, high, () => ({ both: 0, oneWay: 0 }))
    if (seen === 'both') pair.both++
    else pair.oneWay++
  }

  /**
   * A node of the inventory accepted a connection with these marks; `handshakeNs` is NaN if not
   * known, `sensors` who saw it. On the way from one sensor to another a TTL becomes less.
   */
  noteHandshake(server: Placement, ttl: number, handshakeNs: number, sensors = 0): void {
    if (server.node === null) return
    const key = marksKey(server, sensors)
    const marks = this.#marks.get(key) ?? { ttls: new Set<number>(), handshakeNs: null }
    if (marks.ttls.size <= TTLS_MAX) marks.ttls.add(ttl)
    if (handshakeNs >= 0)
      marks.handshakeNs = Math.min(marks.handshakeNs ?? handshakeNs, handshakeNs)
    this.#marks.set(key, marks)
  }

  /** SDP announced that media will be received at this address and port. */
  noteMedia(address: Address, port: number): void {
    const key = `${address.text} ${port}`
    if (this.#announced.size >= ANNOUNCED_MAX && !this.#announced.has(key)) {
      const [oldest] = this.#announced
      if (oldest !== undefined) this.#announced.delete(oldest)
    }
    this.#announced.add(key)
  }

  /** Whether SDP announced the media that the flow sends to its server. */
  isAnnounced({ server }: FlowRecord): boolean {
    return this.#announced.size > 0 && this.#announced.has(`${server.address.text} ${server.port}`)
  }

  /** What is known of the host at those of the sensors who have seen it accept a connection. */
  profile(server: Placement, sensors = 0): HostProfile | undefined {
    const marks = bitsOf(sensors).flatMap(bit => this.#marks.get(marksKey(server, bit)) ?? [])
    if (marks.length === 0) return undefined
    const times = marks.flatMap(({ handshakeNs }) => handshakeNs ?? [])
    return {
      ttls: [...new Set(marks.flatMap(({ ttls }) => [...ttls]))].sort((one, other) => one - other),
      isWhole: marks.every(({ ttls }) => ttls.size <= TTLS_MAX),
      handshakeNs: times.length === 0 ? null : Math.min(...times),
    }
  }

  /** Share of the pair's connections seen in both directions, 0 to 1; null where there was none. */
  visibility(a: Placement, b: Placement): number | null {
    const [low, high] = inOrder(a, b)
    const pair = this.#pairs.get(low, high)
    return pair === undefined ? null : pair.both / (pair.both + pair.oneWay)
  }

  /**
   * Whether an answer between these two would be seen here, so that silence means something (BS2).
   */
  isVisible(a: Placement, b: Placement): boolean {
    return (this.visibility(a, b) ?? 0) >= VISIBILITY_MIN
  }
}

interface Marks {
  readonly ttls: Set<number>
  handshakeNs: number | null
}

/** Of one sensor there are many handshakes and nothing to tell apart, so no text is put together. */
const marksKey = ({ address }: Placement, sensors: number): string =>
  sensors === 0 ? address.text : `${address.text} ${sensors}`

/** Each bit of the mask alone; of none, the one sensor that a run has. */
function bitsOf(mask: number): readonly number[] {
  if (mask === 0) return [0]
  return Array.from({ length: SENSOR_BITS }, (_, bit) => mask & (1 << bit)).filter(bit => bit !== 0)
}

const SENSOR_BITS = 16
const EVERYBODY = 0xffff

const inOrder = (a: Placement, b: Placement): readonly [string, string] =>
  a.name < b.name ? [a.name, b.name] : [b.name, a.name]
