// What `mpwatch watch` and `mpwatch doctor` understand alike: put one verb in place of the other.

import { type Command, Option } from 'commander'
import { watchConfigOf } from '../config/watch.ts'
import type { WatchOptions } from '../config/watch-options.ts'
import { TOOLS } from '../config/watch-schema.ts'
import { LOG_LEVELS, type WatchConfig } from '../model/watch-config.ts'
import { collected } from './sensors.ts'

export interface ConfigOptions extends WatchOptions {
  readonly config?: string
}

export const withWatchOptions = (command: Command): Command =>
  command
    .option('-i, --interface <name>', 'listen on this interface; once for each', collected)
    .option('--site <file>', 'the site: who is who and where (see rules/site.example.yaml)')
    .option('--config <file>', 'the configuration (see rules/mpwatch.example.yaml)')
    .option('--rules <folder>', 'the policy: a folder, or a policy file alone')
    .option(
      '--sensor <name>',
      'which sensor of the site this is; NAME=INTERFACE where there are several, once for each',
      collected,
    )
    .option('--store <folder>', 'where the history is kept')
    .option('--socket <path>', 'the control socket; in the store by default')
    .option('--metrics <address:port>', 'where Prometheus finds /metrics; off for nowhere')
    .option('--influx <url>', 'feed this InfluxDB: http://host:8086, or http://host:8086/database')
    .addOption(new Option('--tool <name>', 'which program captures').choices([...TOOLS]))
    .option('--filter <expression>', 'capture this only, as pcap-filter(7) has it')
    .option('--snap-bytes <count>', 'take so many bytes of each packet')
    .option('--buffer-mib <count>', "the kernel's buffer for each interface, in MiB")
    .addOption(new Option('--log-level <level>', 'what is logged').choices([...LOG_LEVELS]))
    .option('--log-file <file>', 'log to this file and not to standard error')

/** @throws UsageError with every problem of the file and of the options. */
export const configOf = ({ config, ...options }: ConfigOptions): WatchConfig =>
  watchConfigOf(config ?? null, options)
