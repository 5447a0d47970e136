// For how long the sensor has listened. Silence of one connection proves something only while somebody else
// was heard; where nobody says anything for long, the capture itself may have paused.

const PAUSE_NS_MIN = 10e9

export class Listening {
  #lastNs: number | null = null
  #totalNs = 0

  /** Capture time without what may have been pauses; only differences mean anything. */
  get totalNs(): number {
    return this.#totalNs
  }

  /** The sensor did not listen just before the next tick. */
  interrupt(): void {
    this.#lastNs = null
  }

  /** A second of capture time is over. */
  tick(nowNs: number): void {
    const passedNs = nowNs - (this.#lastNs ?? nowNs)
    if (passedNs <= PAUSE_NS_MIN) this.#totalNs += passedNs
    this.#lastNs = nowNs
  }
}
