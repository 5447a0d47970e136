// mpwatch export influx: sets an InfluxDB up, or sends what a store has of a time to it once more.

import type { Command } from 'commander'
import { setUp } from '../../influx/setup.ts'
import { UsageError } from '../../model/errors.ts'
import { harmless } from '../../report/terminal-common.ts'
import { helpNotes, INTERNAL_CODE } from '../help.ts'
import { INFLUX_ENVIRONMENT, influxesOf, secretReader } from '../influx/named.ts'
import { show } from '../monitor/show.ts'
import { momentOf, type When, whenOf } from '../monitor/times.ts'
import { type OpenDesk, type WhereOptions, withWhere } from '../monitor/where.ts'

interface InfluxOptions extends WhereOptions {
  readonly influx?: string
  readonly setup?: boolean
  readonly since?: When
  readonly before?: number
}

/** Below `mpwatch export`. */
export function influxCommand(program: Command, _open: OpenDesk): void {
  const command = program
    .command('influx')
    .summary('set an InfluxDB up, or send it what a monitor keeps once more')
    .description(
      'With --setup, makes what is missing in an InfluxDB, and leaves what is there: database or buckets, how long they keep what they have, and what makes series coarser. With --since, sends it what a monitor or a store has of a time; what it has already stays as it is.',
    )
    .option('--influx <url>', 'this InfluxDB: http://host:8086, or http://host:8086/database')
    .option('--setup', 'set it up')
    .option(
      '--since <time>',
      'send everything from then on: 8h, 7d, or a time with its zone',
      whenOf,
    )
    .option('--before <time>', 'and until then, with its zone', momentOf)
    .addHelpText('after', NOTES)
  withWhere(command).action(async (options: InfluxOptions) => {
    if ((options.setup === true) === (options.since !== undefined))
      throw new UsageError('Say what to do: --setup, or --since with a time, such as --since 7d.')
    if (options.setup === true) await setThemUp(options)
  })
}

const NOTES = helpNotes({
  examples: [
    [
      'mpwatch export influx --setup --influx http://127.0.0.1:8086',
      'Make database mpwatch, its retention policies and continuous queries.',
    ],
    [
      'mpwatch export influx --setup --config mpwatch.yaml',
      'The same for every InfluxDB of the configuration.',
    ],
    [
      'mpwatch export influx --influx http://127.0.0.1:8086 --since 7d',
      'Send everything of a week once more, after an InfluxDB has lost it.',
    ],
  ],
  exitCodes: [
    [0, 'everything is there'],
    [2, 'usage or configuration, or the InfluxDB refuses it'],
    [3, 'the InfluxDB or the monitor cannot be reached'],
    INTERNAL_CODE,
  ],
  environment: INFLUX_ENVIRONMENT,
})

async function setThemUp({ config: file, influx: url }: InfluxOptions): Promise<void> {
  for (const config of influxesOf(file, url)) {
    const secret = await secretReader(config)()
    for await (const { became, what } of setUp(config, secret))
      await show(harmless([`${became.padEnd(WORD)}  ${what}`]))
  }
}

/** As long as the longest of `made`, `found` and `changed`. */
const WORD = 'changed'.length
