// The configuration of `mpwatch watch`: a file, what the command line says otherwise, and safe values for the
// rest, so that neither is needed beyond an interface and a site.

import { basename, dirname, join, resolve } from 'node:path'
import type { z } from 'zod'
import { assert, type Problem, UsageError } from '../model/errors.ts'
import { SOCKET_PATH_BYTES_MAX, type WatchConfig } from '../model/watch-config.ts'
import { checkFile, complain, type Desk, whereOf } from './check.ts'
import { Complaints } from './complaints.ts'
import type { Environment } from './influx.ts'
import { influxNear, type Near, routeNear } from './output-paths.ts'
import { defaultStoreFolder } from './store-folder.ts'
import { duplicatesIn, interfacesFrom } from './watch-interfaces.ts'
import { optionsOf, type ReadOptions, type WatchOptions } from './watch-options.ts'
import { isLoopback } from './watch-readers.ts'
import { watchFile } from './watch-schema.ts'
import { loadYaml, type Path } from './yaml.ts'

type Written = z.output<typeof watchFile>

const MIB = 1_048_576
const ADVICE = '. Copy rules/mpwatch.example.yaml, or leave --config out: everything has a default'
const NOTHING = { api_version: 'mpwatch/v1' } as const

/**
 * The file, where there is one, overruled by the options. Paths of the file are relative to it, those of options
 * to the working directory.
 * @throws UsageError with every problem of file and options.
 */
export function watchConfigOf(
  file: string | null,
  options: WatchOptions,
  environment: Environment = process.env,
): WatchConfig {
  const complaints = new Complaints()
  const desk = file === null ? undefined : deskOf(file, complaints)
  const written = file === null ? watchFile.parse(NOTHING) : desk && checkFile(desk, watchFile)
  if (desk !== undefined && written !== undefined) checkTogether(desk, written)
  const problems: Problem[] = []
  const read = optionsOf(options, environment, problems)
  if (complaints.count + problems.length > 0 || written === undefined)
    throw new UsageError([...complaints.problems(), ...problems])
  const listed = written.interfaces.map((entry, index) => ({
    ...entry,
    where: desk === undefined ? '' : whereOf(desk, ['interfaces', index]),
  }))
  const config = merged(file, written, read, interfacesFrom(listed, read))
  checkMerged(config, written, options)
  return config
}

/** @throws UsageError where there is nothing to listen on, or nothing to judge by. */
export function insistOnWatchable(config: WatchConfig): WatchConfig & { readonly site: string } {
  const problems: Problem[] = []
  if (config.interfaces.length === 0)
    problems.push({
      where: '--interface',
      message: 'say what to listen on: -i eth0. mpwatch doctor lists the interfaces',
    })
  if (config.site === null)
    problems.push({
      where: '--site',
      message: 'say who is who: --site site.yaml, as copied from rules/site.example.yaml',
    })
  if (problems.length > 0) throw new UsageError(problems)
  assert(config.site !== null, 'a missing site is a problem')
  return { ...config, site: config.site }
}

function deskOf(file: string, complaints: Complaints): Desk | undefined {
  const yaml = loadYaml(file, complaints, ADVICE)
  return yaml && { file: yaml, complaints, label: basename(file) }
}

function checkTogether(desk: Desk, { interfaces, metrics, influx, alerts }: Written): void {
  for (const { index, first } of duplicatesIn(interfaces.map(({ name }) => name)))
    complain(
      desk,
      ['interfaces', index, 'name'],
      `${interfaces[index]?.name} stands here twice; it is entry ${first + 1} too`,
    )
  checkNames(desk, [
    ...influx.map(({ name }, index) => ({ name, path: ['influx', index] })),
    ...alerts.routes.map(({ name }, index) => ({ name, path: ['alerts', 'routes', index] })),
  ])
  if (metrics.listen !== null && !metrics.expose && !isLoopback(metrics.listen.host))
    complain(desk, ['metrics', 'listen'], exposed(metrics.listen.host))
}

/** What is fed is told apart by name, in incidents and in numbers, whatever kind it is of. */
function checkNames(desk: Desk, named: readonly { name: string; path: Path }[]): void {
  for (const { index, first } of duplicatesIn(named.map(({ name }) => name))) {
    const { name = '', path = [] } = named[index] ?? {}
    const other = whereOf(desk, named[first]?.path ?? [])
    complain(desk, [...path, 'name'], `${name} is the name of another one too, at ${other}`)
  }
}

const exposed = (host: string): string =>
  `other hosts can reach ${host}, and nothing asks them for a password: ` +
  'take 127.0.0.1, or write "expose: true" below "metrics" where that is meant'

function merged(
  file: string | null,
  written: Written,
  options: ReadOptions,
  interfaces: WatchConfig['interfaces'],
): WatchConfig {
  const near: Near = path => (path === null || file === null ? path : resolve(dirname(file), path))
  const { capture, store, control, metrics, influx, alerts, log } = written
  const folder = options.store ?? near(store.folder) ?? defaultStoreFolder()
  return {
    file: file === null ? null : resolve(file),
    site: options.site ?? near(written.site),
    rules: options.rules ?? near(written.rules),
    interfaces,
    capture: {
      tool: options.tool ?? capture.tool,
      tools: { tcpdump: near(capture.tools.tcpdump), dumpcap: near(capture.tools.dumpcap) },
      snapBytes: options.snapBytes ?? capture.snap_bytes,
      filter: options.filter ?? capture.filter,
      bufferBytes: (options.bufferMib ?? capture.buffer_mib) * MIB,
      silentS: capture.silent_s,
    },
    store: {
      folder,
      metricsBytes: store.metrics_mib * MIB,
      metricsDays: store.metrics_days,
      findingsDays: store.findings_days,
    },
    socket: options.socket ?? near(control.socket) ?? join(folder, 'control.sock'),
    metrics: options.metrics === undefined ? metrics.listen : options.metrics,
    influx:
      options.influx === undefined ? influx.map(one => influxNear(one, near)) : [options.influx],
    routes: alerts.routes.map(route => routeNear(route, near)),
    log: { level: options.logLevel ?? log.level, file: options.logFile ?? near(log.file) },
  }
}

/** What only shows when everything is known. */
function checkMerged(config: WatchConfig, written: Written, options: WatchOptions): void {
  const problems: Problem[] = []
  const host = options.metrics === undefined ? undefined : config.metrics?.host
  if (host !== undefined && !written.metrics.expose && !isLoopback(host))
    problems.push({
      where: '--metrics',
      message: `${exposed(host)}, in a file for --config`,
    })
  const bytes = Buffer.byteLength(config.socket)
  if (bytes > SOCKET_PATH_BYTES_MAX)
    problems.push({
      where: options.socket === undefined ? (config.file ?? '--store') : '--socket',
      message:
        `the path of the control socket has ${bytes} bytes, and the system takes ` +
        `${SOCKET_PATH_BYTES_MAX}: name a shorter one, such as --socket /run/mpwatch/control.sock`,
    })
  if (problems.length > 0) throw new UsageError(problems)
}
