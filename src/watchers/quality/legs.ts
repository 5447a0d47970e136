// How long packets take between the sensor and a server, by the handshakes of TCP. A later packet may take
// longer than those did: several times as long at the most, and a little beside.

import type { RoundTrip } from '../../model/quality.ts'
import type { Link } from '../../model/sighting.ts'

const KEPT = 8
const [FACTOR, SLACK_MS] = [4, 10]
const WAITING_MAX = 4096

interface Leg {
  readonly name: string
  readonly ms: number
}

export class Legs {
  /** By the names of servers: round trips, the latest few, milliseconds. */
  readonly #known = new Map<string, number[]>()
  #waiting: Leg[] = []

  add({ client, server }: Link, { method, leg, ns }: RoundTrip): void {
    if (method !== 'syn' || leg === 'total' || this.#waiting.length >= WAITING_MAX) return
    this.#waiting.push({ name: (leg === 'client' ? client : server).name, ms: ns / 1e6 })
  }

  /** A second is over: what was told in it counts from now on. */
  settle(): void {
    for (const { name, ms } of this.#waiting) {
      const known = this.#known.get(name) ?? []
      this.#known.set(name, [...known, ms].slice(-KEPT))
    }
    this.#waiting = []
  }

  /** The longest way between the two, milliseconds; null where no handshake was seen. */
  of(name: string): number | null {
    const known = this.#known.get(name)
    return known === undefined ? null : FACTOR * Math.max(...known) + SLACK_MS
  }
}
