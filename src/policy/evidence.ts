// What the sensor has shown so far about pairs and hosts: the ground on which silence and resets are read.
// Everything here grows with the inventory and the closed set of roles and zones, never with the traffic.

import type { Placement } from '../model/inventory.ts'
import { nameOf } from './inventory.ts'

/** Share of a pair's connections that must be seen both ways before silence means anything. */
export const VISIBILITY_MIN = 0.9

const TTLS_MAX = 8

/** The marks by which a host's own packets are told from those that a filter sends in its name. */
export interface HostProfile {
  /** TTLs of its SYN-ACKs as this sensor sees them. */
  readonly ttls: ReadonlySet<number>
  /** Shortest time from a SYN to its SYN-ACK, nanoseconds. */
  readonly handshakeNs: number
}

/** When any packet of a declared node was last seen; nanoseconds since the epoch, -Infinity if never. */
export type LastHeard = (placement: Placement) => number

export class Evidence {
  readonly #pairs = new Map<string, { both: number; oneWay: number }>()
  readonly #profiles = new Map<string, { ttls: Set<number>; handshakeNs: number }>()
  readonly lastHeard: LastHeard

  constructor(lastHeard: LastHeard) {
    this.lastHeard = lastHeard
  }

  /** A connection of this pair was seen in both directions, or in one although the other must exist. */
  notePair(a: Placement, b: Placement, seen: 'both' | 'one_way'): void {
    const key = pairKey(a, b)
    const pair = this.#pairs.get(key) ?? { both: 0, oneWay: 0 }
    if (seen === 'both') pair.both++
    else pair.oneWay++
    this.#pairs.set(key, pair)
  }

  /** A node of the inventory accepted a connection with these marks. */
  noteHandshake(server: Placement, ttl: number, handshakeNs: number): void {
    if (server.node === null) return
    const key = server.address.text
    const profile = this.#profiles.get(key) ?? {
      ttls: new Set<number>(),
      handshakeNs: Number.POSITIVE_INFINITY,
    }
    if (profile.ttls.size < TTLS_MAX) profile.ttls.add(ttl)
    if (handshakeNs >= 0) profile.handshakeNs = Math.min(profile.handshakeNs, handshakeNs)
    this.#profiles.set(key, profile)
  }

  profile(server: Placement): HostProfile | undefined {
    return this.#profiles.get(server.address.text)
  }

  /** Share of the pair's connections seen in both directions, 0 to 1; null where there was none. */
  visibility(a: Placement, b: Placement): number | null {
    const pair = this.#pairs.get(pairKey(a, b))
    return pair === undefined ? null : pair.both / (pair.both + pair.oneWay)
  }

  /** Pairs of which this sensor has seen one direction only, by name. */
  oneWayPairs(): { pair: string; connections: number }[] {
    return [...this.#pairs]
      .filter(([, { both, oneWay }]) => both === 0 && oneWay > 0)
      .map(([pair, { oneWay }]) => ({ pair, connections: oneWay }))
      .sort((a, b) => (a.pair < b.pair ? -1 : 1))
  }
}

function pairKey(a: Placement, b: Placement): string {
  const [low, high] = [nameOf(a), nameOf(b)].sort()
  return `${low} <-> ${high}`
}
