// A thousand points of one second: four measurements with 250 series each.

import type { Point } from '../../src/model/live.ts'

export const NOON_MS = Date.UTC(2026, 2, 2, 12)
export const POINTS_A_SECOND = 1_000
/** Of each measurement, each with a point in every second. */
export const SERIES = 250

/** The integer field by which each measurement is counted holds the second. */
export const COUNTED = { mp_latency: 'n', mp_loss: 'lost', mp_rtp: 'streams', mp_flow: 'flows' }

export const secondOf = (second: number): readonly Point[] =>
  Array.from({ length: SERIES }, (_, series) => pointsOf(second, series)).flat()

function pointsOf(second: number, series: number): readonly Point[] {
  const timeUs = (NOON_MS + second * 1_000) * 1_000
  const ends = { site: 'hq', sensor: 'core' }
  const pair = { ...ends, pair: `web-${series} app-a`, row: 'I-12' }
  const value = Math.sqrt(second + series / 7)
  return [
    {
      ...{ measurement: 'mp_latency', timeUs, tags: { ...pair, leg: 'server', method: 'syn' } },
      fields: { n: second, p50_ms: value, p95_ms: value * 2, max_ms: value * 3, limit_ms: 100 },
    },
    {
      ...{ measurement: 'mp_loss', timeUs, tags: { ...pair, dir: 'ab', method: 'tcp' } },
      fields: { expected: 1_000, lost: second, loss_pct: value / 100, judged: true },
    },
    {
      ...{
        measurement: 'mp_rtp',
        timeUs,
        tags: { ...ends, media_role: `media-${series}`, dir: 'in' },
      },
      fields: { streams: second, loss_pct_p95: value / 100, jitter_ms_p95: value },
    },
    {
      ...{ measurement: 'mp_flow', timeUs },
      tags: { ...ends, row: `I-${series}`, verdict: 'permitted', src_role: 'web', l4: 'tcp' },
      fields: { flows: second, attempts: 1, bytes_ab: second * 100, bytes_ba: series * 1_000 },
    },
  ]
}

/** What a process says of its memory. */
export interface Memory {
  /** Nine samples of ten are at most this: where the store puts its files together, it has peaks for a moment. */
  readonly residentMiB: number
  readonly residentPeakMiB: number
  /** What JavaScript has in use after collecting garbage, its buffers included; of nine samples of ten as well. */
  readonly usedMiB: number
}
