// Rows, and metrics in a folder of their own that goes with the test.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type Metrics,
  type MetricsOptions,
  openMetrics,
} from '../../../src/store/metrics/metrics.ts'
import { DAY_MS, DAY_ONE_MS, EVER, flowAt, pointAt } from './rows-told.ts'

export { DAY_MS, DAY_ONE_MS, EVER, flowAt, pointAt }

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-metrics-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Names of the files with rows, whole or damaged. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter(name => name.includes('.duckdb'))
    .sort()

/** Metrics whose clock is what the test says, and what they said was lost. */
export async function metricsIn(
  folder: string,
  {
    clock = { ms: DAY_ONE_MS },
    ...options
  }: Partial<MetricsOptions> & { clock?: { ms: number } } = {},
): Promise<{ metrics: Metrics; clock: { ms: number }; lost: [number, string][] }> {
  const lost: [number, string][] = []
  const onLost = (count: number, why: string) => lost.push([count, why])
  const metrics = await openMetrics(folder, { now: () => clock.ms, onLost, ...options })
  onTestFinished(() => metrics.close().catch(() => {}))
  return { metrics, clock, lost }
}

/** One file for each of the days, with so many flows and points in each, all of them stored. */
export async function filled(folder: string, days: number, each: number): Promise<void> {
  const clock = { ms: DAY_ONE_MS }
  const metrics = await openMetrics(folder, { now: () => clock.ms })
  for (let day = 0; day < days; day++) {
    clock.ms = DAY_ONE_MS + day * DAY_MS
    const times = Array.from({ length: each }, (_, at) => clock.ms + at * 10)
    const flows = times.map((ms, at) => flowAt(ms, { clientPort: 10_000 + at }))
    metrics.add({ flows, points: times.map(ms => pointAt(ms)) })
    await metrics.flush()
  }
  await metrics.close()
}

/** Whether what was offered is stored, waiting or lost. */
export function isClosed(metrics: Metrics): boolean {
  const { offered, stored, waiting, lost } = metrics.health().rows
  return offered === stored + waiting + lost
}
