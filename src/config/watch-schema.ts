// The shape of the configuration file of `mpwatch watch`, key by key; schemas/watch-config.schema.json is made
// of it. What its parts must agree on is checked in watch.ts.

import { z } from 'zod'
import { SENSORS_MAX } from '../kernel/layout.ts'
import { LOG_LEVELS } from '../model/watch-config.ts'
import { influxList } from './influx-schema.ts'
import { apiVersion, oneOf, orNull, read, says, whole } from './leaves.ts'
import { readName } from './readers.ts'
import { routeList } from './routes.ts'
import { readFilter, readInterface, readListen, readPath } from './watch-readers.ts'

export const TOOLS = ['auto', 'tcpdump', 'dumpcap', 'cap'] as const
const MIB = 1_048_576
/** Headers with all their options and enough payload to know a protocol; the reader takes no larger packet. */
export const SNAP_BYTES = { least: 256, most: 262_144 } as const
export const BUFFER_MIB = { least: 1, most: 1024 } as const
const DAYS_MAX = 36_500

const path = read(readPath)

const interfaceEntry = z.strictObject({
  name: says(read(readInterface), 'The interface, as the system calls it.'),
  sensor: says(orNull(read(readName)), 'Which sensor of the site file this is.'),
})

const capture = z
  .strictObject({
    tool: says(oneOf('tool', TOOLS).default('auto'), 'Which program captures.'),
    tools: says(
      z.strictObject({ tcpdump: orNull(path), dumpcap: orNull(path) }).prefault({}),
      'Paths of the capturing programs; without, PATH finds them, or the folders where systems keep them.',
    ),
    snap_bytes: says(
      whole(SNAP_BYTES.least, SNAP_BYTES.most).default(SNAP_BYTES.most),
      'Bytes taken of each packet.',
    ),
    filter: says(
      orNull(read(readFilter)),
      'What is captured, as pcap-filter(7) has it; without, everything.',
    ),
    buffer_mib: says(
      whole(BUFFER_MIB.least, BUFFER_MIB.most).default(32),
      "The kernel's buffer for each interface, in MiB.",
    ),
    silent_s: says(
      whole(5, 86_400).default(60),
      'Without a packet for so many seconds, after there were some, the sensor is blind.',
    ),
  })
  .prefault({})

const store = z
  .strictObject({
    folder: says(orNull(path), 'Where the history is kept.'),
    metrics_mib: says(
      whole(64, MIB).default(1024),
      'Flows and measurements take no more; the oldest go first.',
    ),
    metrics_days: says(whole(1, DAYS_MAX).default(90), 'And are kept for so many days.'),
    findings_days: says(
      whole(1, DAYS_MAX).default(400),
      'Closed findings, and what people did about them, are kept for so many days.',
    ),
  })
  .prefault({})

/** The configuration file. */
export const watchFile = z.strictObject({
  api_version: apiVersion,
  site: says(orNull(path), 'The site file: who is who, and where.'),
  rules: says(orNull(path), "The policy's folder; without, the one that comes with mpwatch."),
  interfaces: says(z.array(interfaceEntry).max(SENSORS_MAX).default([]), 'What is listened on.'),
  capture: says(capture, 'How packets are captured.'),
  store: says(store, 'What is kept, and for how long.'),
  control: says(
    z.strictObject({ socket: orNull(path) }).prefault({}),
    'The Unix socket of mpwatch status, findings, ack and the others; in the store by default.',
  ),
  metrics: says(
    z
      .strictObject({
        listen: says(
          read(readListen).prefault('127.0.0.1:9475'),
          'Where Prometheus finds /metrics, as address:port; off for nowhere.',
        ),
        expose: says(
          z.boolean().default(false),
          'Other hosts may ask as well: nothing asks them for a password.',
        ),
      })
      .prefault({}),
    'Numbers for Prometheus.',
  ),
  influx: says(influxList, 'Each InfluxDB that is fed from the store.'),
  alerts: says(
    z
      .strictObject({ routes: says(routeList, 'Who is told, each by a way of its own.') })
      .prefault({}),
    'What wakes people, and what other programs are told.',
  ),
  log: says(
    z
      .strictObject({
        level: says(oneOf('level', LOG_LEVELS).default('info'), 'What is logged.'),
        file: says(orNull(path), 'Where to; without, standard error. SIGHUP opens it anew.'),
      })
      .prefault({}),
    'The log, one line of JSON for each event.',
  ),
})

/** The file as JSON Schema, for editors that complete and check YAML. */
export const watchConfigSchema = (): object => ({
  $id: 'urn:mpwatch:watch-config:1',
  title: 'mpwatch watch configuration',
  ...z.toJSONSchema(watchFile, { io: 'input' }),
})
