// Configurations of an InfluxDB for tests.

import type { InfluxConfig } from '../../src/model/watch-config.ts'

export const influxConfig = (url: string, changes: Partial<InfluxConfig> = {}): InfluxConfig => ({
  ...{ name: 'influx', url, version: 1, database: 'mpwatch', org: null, username: null },
  ...{ secret: null, caFile: null, seriesMax: 20_000, keepDays: 90, keepLongDays: 730 },
  mayCreate: true,
  ...changes,
})
