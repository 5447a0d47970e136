// The moment from which all times of a run count: the whole second of its first packet. Where no file's
// beginning told it, the first packet that is read sets it.

export class Epoch {
  private known: number | null

  /** `seconds` is Unix time in whole seconds, null where nobody knows it yet. */
  constructor(seconds: number | null) {
    this.known = seconds
  }

  /** Unix time in whole seconds; 0 while no packet has told one. */
  get seconds(): number {
    return this.known ?? 0
  }

  /** Nanoseconds from the epoch to a point in time, which becomes the epoch if there is none. */
  since(seconds: number, nanos: number): number {
    if (this.known === null) this.known = seconds
    return (seconds - this.known) * 1e9 + nanos
  }
}
