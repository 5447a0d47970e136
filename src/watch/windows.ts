// Time series that the engine makes beside what watchers measure: flows and sensors every ten seconds of capture
// time, coverage every five minutes.

import type { Coverage } from '../model/coverage.ts'
import type { Point } from '../model/live.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { FlowWindows, type FlowWindowsOptions } from './flow-windows.ts'
import { type Books, coveragePoints, sensorPoints } from './state-points.ts'

const SENSORS_EVERY_MS = 10_000
const COVERAGE_EVERY_MS = 300_000

/** Where the run stands; coverage is made when it is due. */
interface Tick {
  readonly captureMs: number
  readonly books: Books
  readonly coverage: () => Coverage
  /** Seconds by which the capture clock is behind; null where it is not compared. */
  readonly lagSeconds: number | null
  readonly isLast: boolean
}

export class Windows {
  readonly #site: string
  readonly #flows: FlowWindows
  readonly #tell: (point: Point) => void
  readonly #tellCoverage: (coverage: Coverage) => void
  #before: Books | null = null
  /** Numbers of the latest windows, counted from 1970. */
  #sensorWindow: number | null = null
  #coverageWindow: number | null = null

  constructor(
    options: FlowWindowsOptions,
    tell: (point: Point) => void,
    tellCoverage: (coverage: Coverage) => void,
  ) {
    this.#site = options.site
    this.#flows = new FlowWindows(options)
    this.#tell = tell
    this.#tellCoverage = tellCoverage
  }

  flows(judged: readonly JudgedFlow[], epochSeconds: number, nowNs: number): void {
    for (const point of this.#flows.take(judged, { epochSeconds, nowNs })) this.#tell(point)
  }

  /** Tells what is due; in the end everything. */
  tick({ captureMs, books, coverage, lagSeconds, isLast }: Tick): void {
    const site = this.#site
    const epochSeconds = Math.floor(captureMs / 1000)
    this.flows([], epochSeconds, (captureMs - epochSeconds * 1000) * 1e6)
    if (isLast) for (const point of this.#flows.finish()) this.#tell(point)
    const window = Math.floor(captureMs / SENSORS_EVERY_MS)
    if (isLast || window !== (this.#sensorWindow ?? window)) {
      const timeMs = window * SENSORS_EVERY_MS
      for (const point of sensorPoints({
        site,
        now: books,
        before: this.#before,
        captureMs: timeMs,
        lagSeconds,
      }))
        this.#tell(point)
      this.#before = books
    }
    this.#sensorWindow = window
    const due = Math.floor(captureMs / COVERAGE_EVERY_MS)
    if (isLast || due !== (this.#coverageWindow ?? due)) {
      const now = coverage()
      for (const point of coveragePoints(now, { site, captureMs: due * COVERAGE_EVERY_MS }))
        this.#tell(point)
      this.#tellCoverage(now)
    }
    this.#coverageWindow = due
  }
}
