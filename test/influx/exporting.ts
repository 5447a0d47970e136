// An exporter over a real store, on a clock that tests put forward, into a server that is told what to answer.

import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/influx/clock.ts'
import { lettersIn } from '../../src/influx/dead-letters.ts'
import { type ExportedStore, Exporter, type ExporterOptions } from '../../src/influx/exporter.ts'
import { lineOf } from '../../src/influx/line-protocol.ts'
import type { Answer, InfluxPoint, InfluxWriter } from '../../src/influx/writer.ts'
import type { Point } from '../../src/model/live.ts'
import { isOutputClosed } from '../../src/model/output.ts'
import type { DuckStore } from '../../src/store/store.ts'
import { NOON_MS } from '../store/stored.ts'

export const answer = (status: number, text = '', retryAfterMs: number | null = null): Answer => ({
  ...{ status, text, retryAfterMs },
})
export const TAKEN = answer(204)

/** Sleeping takes next to no time, and puts the clock forward by what was asked for. */
export class TestClock implements Clock {
  ms = NOON_MS
  readonly slept: number[] = []
  readonly #sleepMs: number

  constructor(sleepMs: number) {
    this.#sleepMs = sleepMs
  }

  now = () => this.ms

  sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return
    this.slept.push(ms)
    await new Promise(resolve => setTimeout(resolve, this.#sleepMs))
    if (!signal.aborted) this.ms += ms
  }
}

/** Keeps what it has taken by its key, as InfluxDB does; `says` answers in place of it. */
export class TestWriter implements InfluxWriter {
  readonly where = 'http://127.0.0.1:8086/mpwatch'
  readonly kept = new Map<string, InfluxPoint>()
  readonly requests: number[] = []
  /** How often a point was taken again that was there. */
  again = 0
  created = 0
  forgotten = 0
  says: (points: readonly InfluxPoint[]) => Answer | Promise<Answer> = () => TAKEN
  canCreate = true

  async write(points: readonly InfluxPoint[]): Promise<Answer> {
    this.requests.push(points.length)
    const said = await this.says(points)
    if (said.status === 204) for (const point of points) this.#keep(point)
    return said
  }

  async createDatabase(): Promise<boolean> {
    this.created++
    return this.canCreate
  }

  forgetSecret(): void {
    this.forgotten++
  }

  async close(): Promise<void> {}

  #keep(point: InfluxPoint): void {
    const key = keyOf(point)
    if (this.kept.has(key)) this.again++
    this.kept.set(key, point)
  }
}

/** What InfluxDB tells points apart by. */
const keyOf = (point: InfluxPoint): string => {
  const line = lineOf(point) ?? ''
  return `${line.slice(0, line.search(/(?<!\\) /))} ${point.timeNs}`
}

export interface Exporting {
  readonly exporter: Exporter
  readonly clock: TestClock
  readonly states: (readonly ['degraded' | 'recovered', string])[]
}

/** One that is running, until the test ends. */
export function exporting(
  store: ExportedStore,
  writer: InfluxWriter,
  deadLetters: string,
  given: Partial<ExporterOptions> = {},
  sleepMs = 1,
): Exporting {
  const clock = new TestClock(sleepMs)
  const states: [state: 'degraded' | 'recovered', reason: string][] = []
  const exporter = new Exporter({
    ...{ config: { name: 'lab', mayCreate: false }, store, writer, site: 'hq', deadLetters, clock },
    ...{ random: () => 1, admit: (point: InfluxPoint) => point },
    onState: (state, reason) => states.push([state, reason]),
    onLost: () => {},
    ...given,
  })
  const ended = exporter.run()
  onTestFinished(async () => {
    await exporter.stop(5_000)
    await ended
    if (!isOutputClosed(exporter.state().books)) throw new Error('its books are open')
  })
  return { exporter, clock, states }
}

/** Ten series, each point at a moment of its own. */
export const pointsTo = (count: number, first = 0): readonly Point[] =>
  Array.from({ length: count }, (_, at) => ({
    measurement: 'mp_loss' as const,
    tags: { site: 'hq', sensor: 'core', pair: `pair-${(first + at) % 10}`, row: 'I-12', dir: 'ab' },
    fields: { expected: 1_000, lost: first + at, loss_pct: 0.3, judged: true },
    timeUs: (NOON_MS + first + at) * 1_000,
  }))

/** Kept when the points are in the store. */
export async function put(store: DuckStore, points: readonly Point[]): Promise<void> {
  for (let at = 0; at < points.length; at += 5_000) {
    store.add({ flows: [], points: points.slice(at, at + 5_000) })
    await store.drained()
  }
  while ((await store.health()).rows.waiting > 0)
    await new Promise(resolve => setTimeout(resolve, 20))
}

/** Kept as soon as it is so; the test's own limit ends it otherwise. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 5))
}

export const everDrained = (exporter: Exporter): Promise<boolean> =>
  exporter.drained(new AbortController().signal)

/** Of the points and entries whose dead letters lie in the file. */
export async function letterNumbersIn(path: string): Promise<readonly number[]> {
  const numbers: number[] = []
  for await (const { number } of lettersIn(path)) numbers.push(number)
  return numbers
}
