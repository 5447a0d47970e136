// Capture time that has passed, for timers of silence. A jump of the capture clock is no silence: the timers move
// with it, so that neither all findings close at once nor any stays open for years.

/** More than this between two tellings is a jump. */
const STEP_MS_MAX = 3_600_000

export class SteadyClock {
  #lastMs: number | null = null
  #passedMs = 0

  /** Milliseconds of capture time since the first moment, jumps left out. */
  get passedMs(): number {
    return this.#passedMs
  }

  /** The latest moment of the capture clock; null before the first. */
  get lastMs(): number | null {
    return this.#lastMs
  }

  /** What `passedMs` will be at that moment; null is none. */
  at(captureMs: number | null): number {
    if (captureMs === null || this.#lastMs === null) return this.#passedMs
    const stepMs = captureMs - this.#lastMs
    return this.#passedMs + (stepMs > 0 && stepMs <= STEP_MS_MAX ? stepMs : 0)
  }

  advance(captureMs: number | null): void {
    this.#passedMs = this.at(captureMs)
    this.#lastMs = captureMs ?? this.#lastMs
  }
}
