// When a sensor was listening: the stretches of time in which it went on delivering packets. That it did not
// see something is a fact only within one of them.

/** A sensor that is silent for longer may have been off; a mirrored segment is never that quiet for long. */
const SILENCE_SECONDS_MAX = 10

/** Stretches of one sensor; of times before them nothing is known any more. */
const STRETCHES_MAX = 64

interface Stretch {
  readonly fromSeconds: number
  toSeconds: number
}

export class Listening {
  readonly #stretches: Stretch[] = []
  #isInterrupted = false

  /** The sensor delivered packets in this second, counted from the run's epoch. */
  heard(seconds: number): void {
    const last = this.#stretches.at(-1)
    const silence = last === undefined ? Number.NaN : seconds - last.toSeconds
    if (
      last !== undefined &&
      !this.#isInterrupted &&
      silence >= 0 &&
      silence <= SILENCE_SECONDS_MAX
    ) {
      last.toSeconds = seconds
      return
    }
    this.#isInterrupted = false
    this.#stretches.push({ fromSeconds: seconds, toSeconds: seconds })
    if (this.#stretches.length > STRETCHES_MAX) this.#stretches.shift()
  }

  /** Packets of the sensor have been lost. */
  interrupt(): void {
    this.#isInterrupted = true
  }

  /** Whether the sensor delivered packets both before and after this time, without a break between. */
  covers(fromNs: number, toNs: number): boolean {
    const [from, to] = [Math.floor(fromNs / 1e9), Math.floor(toNs / 1e9)]
    return this.#stretches.some(
      ({ fromSeconds, toSeconds }) => fromSeconds < from && toSeconds > to,
    )
  }
}
