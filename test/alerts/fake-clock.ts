// A clock that goes on when a test says so: sleepers wake in the order of their times, and whatever follows from each
// happens before the next.

import { setImmediate as turn } from 'node:timers/promises'
import type { RouteClock } from '../../src/alerts/delivery.ts'

interface Sleeper {
  readonly untilMs: number
  wake(): void
}

export class FakeClock implements RouteClock {
  readonly #sleepers = new Set<Sleeper>()
  #nowMs: number

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms <= 0) return Promise.resolve()
    return new Promise(resolve => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper = { untilMs: this.#nowMs + ms, wake }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', wake)
    })
  }

  /** Everything that can happen now happens; promises of memory alone need no more than a turn. */
  async settle(): Promise<void> {
    await turn()
    await turn()
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await this.settle()
    for (;;) {
      const [next] = [...this.#sleepers].toSorted((one, other) => one.untilMs - other.untilMs)
      if (next === undefined || next.untilMs > untilMs) break
      this.#nowMs = Math.max(this.#nowMs, next.untilMs)
      next.wake()
      await this.settle()
    }
    this.#nowMs = untilMs
  }
}
