// What has arrived in an InfluxDB, held against what was stored. It is asked after a restart: only what is on its disk
// counts (faults.md M3).

import { expect } from 'vitest'
import type { Point } from '../../src/model/live.ts'
import type { Influxd } from '../support/influxd.ts'

export interface Arrived {
  readonly sent: number
  readonly stored: number
  readonly lost: number
  /** There, and not what was sent: another value, another time, a second time. */
  readonly doubled: number
}

/**
 * What became of the points, whose measurement is `mp_loss`; the server is restarted for it, and the figures are printed.
 * @param auth `user:password` where it asks for one.
 */
export async function arrivedIn(
  influxd: Influxd,
  points: readonly Point[],
  auth?: string,
): Promise<Arrived> {
  await influxd.signal('SIGTERM')
  await influxd.start()
  const series = await influxd.query('SELECT "lost" FROM "mp_loss" GROUP BY *', 'mpwatch', auth)
  const stored = series.flatMap(({ tags, values }) =>
    values.map(([time, lost]) => `${tags?.['pair']} ${Date.parse(String(time))} ${lost}`),
  )
  const there = new Set(stored)
  const sent = new Set(
    points.map(({ tags, timeUs, fields }) => `${tags['pair']} ${timeUs / 1_000} ${fields['lost']}`),
  )
  const lost = [...sent].filter(key => !there.has(key)).length
  const doubled = stored.length - (sent.size - lost)
  process.stderr.write(
    `${expect.getState().currentTestName}: ${sent.size} sent, ${stored.length} stored, ${lost} lost, ${doubled} doubled\n`,
  )
  return { sent: sent.size, stored: stored.length, lost, doubled }
}

export const allOf = (sent: number): Arrived => ({ sent, stored: sent, lost: 0, doubled: 0 })
