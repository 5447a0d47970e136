// Writers for tests, and points for them.

import { onTestFinished } from 'vitest'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { InfluxPoint, InfluxWriter } from '../../src/influx/writer.ts'
import type { InfluxConfig } from '../../src/model/watch-config.ts'

export const configOf = (changes: Partial<InfluxConfig>): InfluxConfig => ({
  ...{ name: 'main', url: 'http://127.0.0.1:8086', version: 1, database: 'mpwatch', org: null },
  ...{ username: null, secret: null, caFile: null, seriesMax: 20_000, keepDays: 30 },
  ...{ keepLongDays: 400, mayCreate: true },
  ...changes,
})

/** Closed when the test is over. */
export function writerFor(
  changes: Partial<InfluxConfig>,
  { secret = null, timeoutMs = 5_000 }: { secret?: string | null; timeoutMs?: number } = {},
): InfluxWriter {
  const writer = openWriter(configOf(changes), async () => secret, timeoutMs)
  onTestFinished(() => writer.close())
  return writer
}

/** Flows of one series, a microsecond apart. */
export const pointsOf = (count: number, first = 0): readonly InfluxPoint[] =>
  Array.from({ length: count }, (_, index) => ({
    measurement: 'mp_flow',
    tags: { site: 'hq', sensor: 'dmz', row: 'I-01', verdict: 'permitted', l4: 'tcp' },
    fields: { flows: index, bytes_ab: 0.5 + index },
    timeNs: 1_772_446_500_000_000_000n + BigInt(first + index) * 1_000n,
  }))

export const NO_FIELD: InfluxPoint = {
  ...{ measurement: 'mp_flow', tags: { site: 'hq' }, fields: { flows: Number.NaN }, timeNs: 1n },
}
