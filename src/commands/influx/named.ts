// Which InfluxDBs a command speaks to: the one of --influx, or those of the configuration.

import { watchConfigOf } from '../../config/watch.ts'
import { UsageError } from '../../model/errors.ts'
import type { InfluxConfig } from '../../model/watch-config.ts'

/** @throws UsageError where none is named, or what names them is wrong. */
export function influxesOf(
  file: string | undefined,
  url: string | undefined,
): readonly InfluxConfig[] {
  const named = url === undefined ? {} : { influx: url }
  const { influx } = watchConfigOf(file ?? null, named)
  if (influx.length === 0)
    throw new UsageError([
      {
        where: '--influx',
        message: `say where the InfluxDB is: --influx http://127.0.0.1:8086, or ${
          file === undefined ? '--config with a file that says it' : `"influx" in ${file}`
        }`,
      },
    ])
  return influx
}

/** What stands in the help of every command that takes --influx. */
export const INFLUX_ENVIRONMENT = [
  ['MPWATCH_INFLUX_USERNAME', 'user of an InfluxDB 1, with MPWATCH_INFLUX_PASSWORD'],
  [
    'MPWATCH_INFLUX_TOKEN',
    'token of an InfluxDB 2, with MPWATCH_INFLUX_ORG; it makes it version 2',
  ],
] as const
