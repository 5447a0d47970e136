// The options of `mpwatch watch`, read by the readers of its configuration file, so that both take the same.

import { resolve } from 'node:path'
import type { Problem } from '../model/errors.ts'
import {
  type InfluxConfig,
  LOG_LEVELS,
  type LogLevel,
  type WatchConfig,
} from '../model/watch-config.ts'
import { type Environment, influxOf } from './influx.ts'
import { readName, readWord } from './readers.ts'
import { quoted, type Reading } from './reading.ts'
import { readFilter, readInterface, readListen, readPath } from './watch-readers.ts'
import { BUFFER_MIB, SNAP_BYTES, TOOLS } from './watch-schema.ts'

/** As they stand on the command line. */
export interface WatchOptions {
  readonly interface?: readonly string[]
  /** `NAME` for all interfaces, or `NAME=INTERFACE`, once for each. */
  readonly sensor?: readonly string[]
  readonly site?: string
  readonly rules?: string
  readonly store?: string
  readonly socket?: string
  readonly metrics?: string
  readonly influx?: string
  readonly tool?: string
  readonly filter?: string
  readonly snapBytes?: string
  readonly bufferMib?: string
  readonly logLevel?: string
  readonly logFile?: string
}

/** What is not given is absent; paths are absolute. */
export interface ReadOptions {
  readonly interfaces: readonly string[]
  readonly sensors: readonly { readonly name: string; readonly interface: string | null }[]
  readonly site: string | undefined
  readonly rules: string | undefined
  readonly store: string | undefined
  readonly socket: string | undefined
  readonly metrics: WatchConfig['metrics'] | undefined
  readonly influx: InfluxConfig | undefined
  readonly tool: WatchConfig['capture']['tool'] | undefined
  readonly filter: string | undefined
  readonly snapBytes: number | undefined
  readonly bufferMib: number | undefined
  readonly logLevel: LogLevel | undefined
  readonly logFile: string | undefined
}

/** Every option that cannot be taken is among the problems. */
export function optionsOf(
  given: WatchOptions,
  environment: Environment,
  problems: Problem[],
): ReadOptions {
  function one<T>(
    where: string,
    text: string | undefined,
    reader: (text: string) => Reading<T>,
  ): T | undefined {
    if (text === undefined) return undefined
    const reading = reader(text)
    if ('value' in reading) return reading.value
    problems.push({ where, message: reading.wrong })
    return undefined
  }
  const path = (where: string, text: string | undefined): string | undefined => {
    const read = one(where, text, readPath)
    return read === undefined ? undefined : resolve(read)
  }
  const many = <T>(
    where: string,
    texts: readonly string[] = [],
    reader: (text: string) => Reading<T>,
  ) => texts.flatMap(text => one(where, text, reader) ?? [])
  return {
    interfaces: many('--interface', given.interface, readInterface),
    sensors: many('--sensor', given.sensor, readSensor),
    site: path('--site', given.site),
    rules: path('--rules', given.rules),
    store: path('--store', given.store),
    socket: path('--socket', given.socket),
    metrics: one('--metrics', given.metrics, readListen),
    influx: given.influx === undefined ? undefined : influxOf(given.influx, environment, problems),
    tool: one('--tool', given.tool, text => readWord('tool', TOOLS, text)),
    filter: one('--filter', given.filter, readFilter),
    snapBytes: one('--snap-bytes', given.snapBytes, text => readWhole(text, SNAP_BYTES)),
    bufferMib: one('--buffer-mib', given.bufferMib, text => readWhole(text, BUFFER_MIB)),
    logLevel: one('--log-level', given.logLevel, text => readWord('level', LOG_LEVELS, text)),
    logFile: path('--log-file', given.logFile),
  }
}

function readSensor(text: string): Reading<ReadOptions['sensors'][number]> {
  const [head = '', ...rest] = text.split('=')
  const name = readName(head)
  if ('wrong' in name) return name
  if (rest.length === 0) return { value: { name: name.value, interface: null } }
  const watched = readInterface(rest.join('='))
  return 'wrong' in watched ? watched : { value: { name: name.value, interface: watched.value } }
}

function readWhole(
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): Reading<number> {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most
    ? { value }
    : { wrong: `${quoted(text)} is no whole number from ${least} to ${most}` }
}
