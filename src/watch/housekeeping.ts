// What a running monitor does from time to time: it compares its clocks, keeps where they stand, and looks after its
// store.

import type { TrustedClock } from '../lifecycle/trusted-clock.ts'
import type { Incident } from '../model/lifecycle.ts'
import { textOf } from '../store/system-errors.ts'
import { writeClockFile } from './clock-file.ts'
import type { Desk } from './desk.ts'
import type { Log } from './log.ts'

const LOOK_MS = 1000
const MARK_MS = 10_000
/** Tellings may come close on each other. */
const MARK_MS_MIN = 250
const HEALTH_MS = 5000

export interface Housed {
  readonly folder: string
  readonly clock: TrustedClock
  readonly desk: Desk
  readonly log: Log
  /** What goes wrong in here is a fault of ours. */
  readonly onFault: (error: unknown) => void
}

export class Housekeeping {
  readonly #housed: Housed
  readonly #timers: readonly NodeJS.Timeout[]
  /** Since when the store has been degraded; null where it is not. A state is told once, and not while it lasts. */
  #degradedAtMs: number | null = null
  /** Where the clocks stand was kept, the last time. */
  #isMarked = true
  #isAsking = false
  /** When the clocks were kept last, by the monotonic one. */
  #markedAtMs = Number.NEGATIVE_INFINITY

  constructor(housed: Housed) {
    this.#housed = housed
    this.#timers = [
      setInterval(() => this.#look(), LOOK_MS),
      setInterval(() => this.mark(), MARK_MS),
      setInterval(() => void this.#health(), HEALTH_MS),
    ]
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  #look(): void {
    const { clock, desk, onFault } = this.#housed
    const jump = clock.look()
    if (jump === null) return
    const incident: Incident = { kind: 'clock_jump', atMs: clock.now(), byMs: jump.byMs }
    desk.note([incident]).catch(onFault)
  }

  /** A telling is kept: behind a kill, the time in which nobody watched begins with it. */
  told(): void {
    if (performance.now() - this.#markedAtMs >= MARK_MS_MIN) this.mark()
  }

  /** Keeps where the clocks stand, for whoever starts next. */
  mark(): void {
    const { folder, clock, desk, log } = this.#housed
    this.#markedAtMs = performance.now()
    try {
      writeClockFile(folder, { ...clock.mark(), captureMs: desk.captureMs })
      this.#isMarked = true
    } catch (error) {
      const note = `Where the clocks stand is not kept: ${textOf(error)}`
      if (this.#isMarked) log.tell('store_note', { note })
      this.#isMarked = false
    }
  }

  async #health(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      const { store } = await this.#housed.desk.status()
      this.#tellStore(store.reason)
    } catch (error) {
      this.#housed.onFault(error)
    } finally {
      this.#isAsking = false
    }
  }

  #tellStore(reason: string | null): void {
    const { log, clock } = this.#housed
    const sinceMs = this.#degradedAtMs
    if (reason !== null && sinceMs === null) {
      this.#degradedAtMs = clock.now()
      log.tell('store_degraded', { reason })
    } else if (reason === null && sinceMs !== null) {
      this.#degradedAtMs = null
      log.tell('store_recovered', { seconds: (clock.now() - sinceMs) / 1000 })
    }
  }
}
