// What a route needs of the store is tried until it is there: nothing may be told before that it is being told is known
// to the journal, and nothing more before it is known that it was.

import type { RouteClock } from './delivery.ts'

const PAUSE_MS = 1_000
const PAUSE_MS_MAX = 60_000

/** It is to stop, and what it was about to do is left to the next run. */
export class Stopped extends Error {
  constructor() {
    super('stopped')
    this.name = 'Stopped'
  }
}

export class Insistence {
  readonly #clock: RouteClock
  readonly #stopping: AbortSignal
  /** What fails at present; null while nothing does. */
  trouble: string | null = null

  constructor(clock: RouteClock, stopping: AbortSignal) {
    this.#clock = clock
    this.#stopping = stopping
  }

  /** @throws Stopped where it does not succeed before the route is to stop. */
  async on<Value>(work: () => Promise<Value>): Promise<Value> {
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs)) {
      try {
        const value = await work()
        this.trouble = null
        return value
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        this.trouble = `The store does not do what the route needs: ${why} It is tried again.`
        if (!this.#stopping.aborted) await this.#clock.sleep(pauseMs, this.#stopping)
        if (this.#stopping.aborted) throw new Stopped()
      }
    }
  }
}
