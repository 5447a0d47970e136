// Whose are the fragments? They come before anybody knows the ports of their datagram, so they are kept by
// their datagram until a packet of it is booked; what comes after that belongs to the same owner.

import { NOW, TICK } from '../kernel/layout.ts'
import { getF64 } from '../kernel/memory.ts'
import { datagramAtHand } from './fragments.ts'

/** As long as reassembly waits. */
const TIMEOUT_NS = 30e9
const DATAGRAMS_MAX = 16_384
const PLACES_MAX = 65_536

interface Datagram<Owner> {
  readonly sinceNs: number
  /** Fragments that nobody owns yet. */
  readonly places: number[]
  /** Null before a packet was booked, undefined where nobody asks for its record. */
  owner: Owner | undefined | null
}

export class DatagramOwners<Owner> {
  /** In the order of their first fragments. */
  readonly #datagrams = new Map<string, Datagram<Owner>>()
  /** By fragment that waits, for those that go on later without their stop. */
  readonly #waiting = new Map<number, string>()
  /** Datagrams that the packet at hand has completed or begun, the outermost first. */
  #atHand: string[] = []

  /** Takes up the fragment of a Stop.Fragment; its owner, where that is known already. */
  note(place: number): Owner | undefined {
    const key = datagramAtHand()
    this.#atHand.push(key)
    const known = this.#datagrams.get(key)
    const datagram = known ?? { sinceNs: getF64(NOW), places: [], owner: null }
    if (known === undefined) {
      if (this.#datagrams.size >= DATAGRAMS_MAX) this.#forgetOldest()
      this.#datagrams.set(key, datagram)
    }
    if (datagram.owner === null && this.#waiting.size < PLACES_MAX) {
      datagram.places.push(place)
      this.#waiting.set(place, key)
    }
    return datagram.owner ?? undefined
  }

  /** The packet at hand was booked for this owner; the fragments that were waiting for it. */
  settle(place: number, owner: Owner | undefined): readonly number[] {
    if (this.#datagrams.size === 0) return NONE
    const late = this.#waiting.get(place)
    const keys = late === undefined ? this.#atHand : [...this.#atHand, late]
    return keys.flatMap(key => {
      const datagram = this.#datagrams.get(key)
      if (datagram === undefined) return []
      datagram.owner = owner
      for (const waiting of datagram.places) this.#waiting.delete(waiting)
      return datagram.places.splice(0)
    })
  }

  endPacket(): void {
    if (this.#atHand.length > 0) this.#atHand = []
  }

  /**
   * A second of capture time is over, and what reassembly gave up in it has gone on. A clock that was set
   * back makes them old as well.
   */
  expire(): void {
    for (const [key, { sinceNs }] of this.#datagrams) {
      if (Math.abs(getF64(TICK) - sinceNs) <= TIMEOUT_NS) return
      this.#forget(key)
    }
  }

  #forgetOldest(): void {
    for (const key of this.#datagrams.keys()) {
      this.#forget(key)
      return
    }
  }

  #forget(key: string): void {
    for (const place of this.#datagrams.get(key)?.places ?? []) this.#waiting.delete(place)
    this.#datagrams.delete(key)
  }
}

const NONE: readonly number[] = []
