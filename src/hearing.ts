// What each sensor hears: the seconds in which it delivered packets, and when it has missed some. Judges are told,
// since silence means something only where somebody listened.

import type { Compliance } from './compliance.ts'
import { CLOCK, HEARD, PACKET_TIME, TICK } from './kernel/layout.ts'
import { getF64, getI32, setI32 } from './kernel/memory.ts'
import type { Measuring } from './measuring.ts'
import type { Chunk } from './model/chunk.ts'
import { type OneWay, OneWayWatch } from './one-way-watch.ts'

const SECOND_NS = 1e9
const NO_STRETCHES: readonly OneWay[] = []

export class Hearing {
  readonly #measuring: Measuring | null
  readonly #judges: () => readonly Compliance[]
  /** Sensors that have missed packets and delivered none since. */
  readonly #deaf = new Set<number>()
  readonly #oneWay: OneWayWatch | null

  /** `looksForOneWay`: a sensor that loses one of two directions is to be noticed. */
  constructor(
    measuring: Measuring | null,
    judges: () => readonly Compliance[],
    looksForOneWay: boolean,
  ) {
    this.#measuring = measuring
    this.#judges = judges
    this.#oneWay = looksForOneWay ? new OneWayWatch() : null
  }

  /** Sensors that have lost one direction, and when. */
  get oneWay(): readonly OneWay[] {
    return this.#oneWay?.stretches ?? NO_STRETCHES
  }

  /** A second of capture time is over. */
  tick(): void {
    if (this.#oneWay === null) return
    const before = this.#oneWay.halfDeaf
    const nowNs = getF64(TICK)
    if (!this.#oneWay.look(nowNs)) return
    const { halfDeaf } = this.#oneWay
    // As long as it lasts and at its end, nothing may rest on what was not heard.
    for (const sensor of new Set([...before, ...halfDeaf]))
      for (const judge of this.#judges()) {
        judge.evidence.setHalfDeaf(sensor, halfDeaf.includes(sensor))
        judge.interrupt(sensor, nowNs, nowNs)
      }
  }

  /** Tells who has delivered packets in the second at that register. */
  listen(second: number): void {
    const vantage = this.#judges()[0]?.evidence.vantage
    if (vantage?.hasSeveral) vantage.heard(getF64(second) / SECOND_NS, getI32(HEARD))
    setI32(HEARD, 0)
  }

  /** A chunk is about to be read, which may have lost packets before it. */
  begin({ sensor, packets, isBehindDamage }: Chunk): void {
    if (isBehindDamage) this.#deaf.add(sensor)
    if (packets > 0 && this.#deaf.delete(sensor)) this.#again(sensor)
  }

  /** The sensor delivers packets again. */
  #again(sensor: number): void {
    this.listen(TICK)
    const [fromNs, toNs] = [getF64(CLOCK), getF64(PACKET_TIME)]
    this.#measuring?.interrupt(toNs)
    for (const judge of this.#judges()) judge.interrupt(sensor, fromNs, toNs)
  }
}
