// mp_latency: how the round trips of ten seconds are spread, for each pair, row, method and leg.

import { Histogram, PAIR_BINS } from '../../model/histogram.ts'
import type { Leg, MeasurementRow, RoundTripMethod } from '../../model/quality.ts'

const WINDOW_NS = 10e9

/** What the points of one time series have in common. */
export interface Series {
  readonly pair: string
  readonly row: string
  readonly method: RoundTripMethod
  readonly leg: Leg
}

interface Spread {
  readonly series: Series
  readonly histogram: Histogram
  /** Null where no limit speaks of the row. */
  readonly limitMs: number | null
  over: number
}

export class LatencyRows {
  readonly #write: (row: MeasurementRow) => void
  #spreads = new Map<string, Spread>()
  #window = Number.NEGATIVE_INFINITY

  constructor(write: (row: MeasurementRow) => void) {
    this.#write = write
  }

  /** Takes a round trip of so many nanoseconds. */
  add(series: Series, limitMs: number | null, ns: number, timeNs: number): void {
    const window = Math.floor(timeNs / WINDOW_NS)
    if (window > this.#window) this.#close(window)
    const { pair, row, method, leg } = series
    const key = `${pair} ${row} ${method} ${leg}`
    let spread = this.#spreads.get(key)
    if (spread === undefined) {
      spread = { series, histogram: new Histogram(PAIR_BINS), limitMs, over: 0 }
      this.#spreads.set(key, spread)
    }
    spread.histogram.add(ns)
    if (limitMs !== null && ns > limitMs * 1e6) spread.over += 1
  }

  /** A second of capture time is over. */
  tick(nowNs: number): void {
    const window = Math.floor(nowNs / WINDOW_NS)
    if (window !== this.#window) this.#close(window)
  }

  /** Writes what is left. */
  finish(): void {
    this.#close(Number.POSITIVE_INFINITY)
  }

  #close(next: number): void {
    for (const spread of this.#spreads.values()) this.#write(rowOf(spread, this.#window))
    this.#spreads = new Map()
    this.#window = next
  }
}

function rowOf({ series, histogram, limitMs, over }: Spread, window: number): MeasurementRow {
  const { n, min, p50, p95, p99, max } = histogram.distribution()
  const limit = limitMs === null ? {} : { over_limit: over, limit_ms: limitMs }
  return {
    measurement: 'mp_latency',
    tags: { ...series },
    fields: { n, min_ms: min, p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: max, ...limit },
    timeNs: window * WINDOW_NS,
  }
}
