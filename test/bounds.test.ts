// Goal: every bound that BOUNDS.md names is exceeded here, and what it says happens then does happen.
// Method: the rows of its table are read; each must have a case, which gets the numbers of the second column.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ALERT_BOUNDS } from './bounds/alerts.ts'
import { CAPTURE_BOUNDS } from './bounds/capture.ts'
import type { BoundCase } from './bounds/case.ts'
import { CLOCK_BOUNDS } from './bounds/clocks.ts'
import { CONFIG_BOUNDS } from './bounds/config.ts'
import { CONFIGURED_BOUNDS } from './bounds/configured-outputs.ts'
import { EARLY_BOUNDS } from './bounds/early.ts'
import { EXPORT_BOUNDS } from './bounds/exports.ts'
import { FLOW_BOUNDS } from './bounds/flows.ts'
import { FOLLOWED_BOUNDS } from './bounds/followed.ts'
import { INFLUX_BOUNDS } from './bounds/influx.ts'
import { KERNEL_BOUNDS } from './bounds/kernel.ts'
import { LIFECYCLE_BOUNDS } from './bounds/lifecycle.ts'
import { LIVE_BOUNDS } from './bounds/live.ts'
import { MEASURE_BOUNDS } from './bounds/measures.ts'
import { MEDIA_BOUNDS } from './bounds/media.ts'
import { METRICS_BOUNDS } from './bounds/metrics.ts'
import { MODE_BOUNDS } from './bounds/modes.ts'
import { NAME_BOUNDS } from './bounds/names.ts'
import { ONE_WAY_BOUNDS } from './bounds/one-way.ts'
import { OWN_BOUNDS } from './bounds/own.ts'
import { PROTOCOL_BOUNDS } from './bounds/protocols.ts'
import { REPORT_BOUNDS } from './bounds/quality-report.ts'
import { ROUTE_BOUNDS } from './bounds/routes.ts'
import { SETUP_BOUNDS } from './bounds/setup.ts'
import { STANDING_BOUNDS } from './bounds/standing.ts'
import { STORE_BOUNDS } from './bounds/store.ts'
import { STREAM_BOUNDS } from './bounds/streams.ts'
import { TELLER_BOUNDS } from './bounds/teller.ts'
import { WATCHER_BOUNDS } from './bounds/watchers.ts'
import { WATCHING_BOUNDS } from './bounds/watching.ts'
import { WEB_BOUNDS } from './bounds/web.ts'

const LONG_MS = 60_000
const CASES = new Map<string, BoundCase>(
  [
    ...[KERNEL_BOUNDS, FLOW_BOUNDS, PROTOCOL_BOUNDS, CAPTURE_BOUNDS, CONFIG_BOUNDS],
    ...[NAME_BOUNDS, WATCHER_BOUNDS, FOLLOWED_BOUNDS, MODE_BOUNDS, STREAM_BOUNDS, MEDIA_BOUNDS],
    ...[CLOCK_BOUNDS, MEASURE_BOUNDS, REPORT_BOUNDS, EARLY_BOUNDS, LIFECYCLE_BOUNDS, LIVE_BOUNDS],
    ...[METRICS_BOUNDS, ONE_WAY_BOUNDS, STORE_BOUNDS, TELLER_BOUNDS, WATCHING_BOUNDS, WEB_BOUNDS],
    ...[STANDING_BOUNDS, ALERT_BOUNDS, ROUTE_BOUNDS, INFLUX_BOUNDS, EXPORT_BOUNDS, OWN_BOUNDS],
    ...[CONFIGURED_BOUNDS, SETUP_BOUNDS],
  ].flatMap(Object.entries),
)
/** What one of a unit is worth: bytes, or seconds. */
const UNITS: Readonly<Record<string, number>> = {
  ...{ KiB: 1024, MiB: 1024 * 1024 },
  ...{ ms: 0.001, s: 1, h: 3600 },
}

/** The first two columns of the table below the heading. */
function rows(): readonly (readonly [what: string, bound: string])[] {
  const [, section = ''] = readFileSync('BOUNDS.md', 'utf8').split('## Bounds\n')
  const [table = ''] = section.split('\n## ')
  const lines = table.split('\n').filter(line => line.startsWith('|'))
  return lines.slice(2).map(line => {
    const [, what = '', bound = ''] = line.split('|').map(cell => cell.trim())
    return [what, bound]
  })
}

/** `8 MiB, 30 s` is 8388608 and 30. */
function limitsOf(bound: string): readonly number[] {
  const numbers = bound.matchAll(/(\d[\d,]*\d|\d)(?: (KiB|MiB|ms|s|h)\b)?/g)
  return [...numbers].map(
    ([, number = '', unit = '']) => Number(number.replaceAll(',', '')) * (UNITS[unit] ?? 1),
  )
}

test('each case has its row', () => {
  expect([...CASES.keys()].toSorted()).toEqual(
    rows()
      .map(([what]) => what)
      .toSorted(),
  )
})

describe('exceeded, as the table says:', () => {
  for (const [what, bound] of rows())
    test(`${what}: ${bound}`, { timeout: LONG_MS }, () => {
      const exceed = CASES.get(what)
      if (exceed === undefined) expect.fail(`no case exceeds "${what}"; test/bounds holds them`)
      return exceed(...limitsOf(bound))
    })
})
