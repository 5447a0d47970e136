// A sensor between two servers measures one half of their round trip at a time. Here are the latest of both, so
// that each new half makes a whole one.

import { type End, otherEnd } from './paths.ts'

/** An older half says nothing of the way as it is now. */
const FRESH_NS = 60e9

interface Half {
  readonly ns: number
  readonly timeNs: number
}

/** A round trip between two servers. */
export interface Whole {
  /** Where it is not whole, it takes longer than this. */
  readonly ns: number
  readonly isWhole: boolean
  /** Between the sensor and each end; null for the one that is not known. */
  readonly halves: readonly [number | null, number | null]
  readonly timeNs: number
}

export class Halves {
  readonly #latest: [Half | null, Half | null] = [null, null]
  /** Of the latest handshake. */
  readonly #handshake: [number | null, number | null] = [null, null]

  /** A half of a handshake, whose whole is told by itself. */
  shook(end: End, ns: number, timeNs: number): void {
    this.#handshake[end] = ns
    this.#latest[end] = { ns, timeNs }
  }

  /** The whole of a handshake, whose halves were told just before. */
  whole(ns: number, timeNs: number): Whole {
    return { ns, isWhole: true, halves: [this.#handshake[0], this.#handshake[1]], timeNs }
  }

  /**
   * The whole that a new half makes: with the latest of the other half, or else with that of a handshake. Where
   * neither is known it is this half alone, and the round trip is longer.
   */
  measured(end: End, ns: number, timeNs: number): Whole {
    this.#latest[end] = { ns, timeNs }
    const other = this.#otherOf(end, timeNs)
    const halves: Whole['halves'] = end === 0 ? [ns, other] : [other, ns]
    return { ns: ns + (other ?? 0), isWhole: other !== null, halves, timeNs }
  }

  #otherOf(end: End, timeNs: number): number | null {
    const latest = this.#latest[otherEnd(end)]
    if (latest !== null && timeNs - latest.timeNs <= FRESH_NS) return latest.ns
    return this.#handshake[otherEnd(end)]
  }
}
