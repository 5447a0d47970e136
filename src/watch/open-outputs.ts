// What a configuration names to be fed, opened: an exporter for each InfluxDB, a route for each way of telling people. What
// cannot work however long one waits is refused before watching begins; whatever else fails is a state that is told.

import { createHash, randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Grounds } from '../alerts/grounds.ts'
import { openTransport } from '../alerts/open-transport.ts'
import { Route } from '../alerts/route.ts'
import { readSecret } from '../config/secret.ts'
import { sleep } from '../influx/clock.ts'
import { Exporter, type ExporterOptions } from '../influx/exporter.ts'
import { openWriter } from '../influx/open-writer.ts'
import type { InfluxPoint, InfluxWriter } from '../influx/writer.ts'
import type { TrustedClock } from '../lifecycle/trusted-clock.ts'
import type { Incident } from '../model/lifecycle.ts'
import type { Output } from '../model/output.ts'
import type { InfluxConfig, RouteConfig, WatchConfig } from '../model/watch-config.ts'
import type { DuckStore } from '../store/store.ts'
import type { Desk } from './desk.ts'
import { groundsOf } from './grounds.ts'
import { type OutputSeries, outputSeries } from './output-series.ts'
import { Outputs } from './outputs.ts'
import type { RulesInForce } from './protocol.ts'

/** Where what a receiver refuses for good is kept, in the folder of the store. */
const DEAD_LETTERS = 'dead-letters'

const READ_AT_ONCE = 1_000

const RANDOM_STEPS = 2 ** 32

/** Nothing is connected and nothing is sent. */
export interface ReadyOutputs {
  readonly influx: readonly { readonly config: InfluxConfig; readonly writer: InfluxWriter }[]
  readonly routes: readonly RouteConfig[]
  /** Null where no InfluxDB is fed. */
  readonly series: OutputSeries | null
  /** Names of those that failed when an earlier run ended. */
  readonly degraded: ReadonlySet<string>
}

export interface Surroundings {
  readonly config: WatchConfig
  /** Those in force. */
  readonly rules: () => RulesInForce
  readonly store: DuckStore
  readonly desk: Desk
  readonly clock: TrustedClock
  readonly onFault: (error: unknown) => void
}

/**
 * Before watching begins.
 * @throws UsageError where a file cannot be read that is needed to connect, or an InfluxDB might get too many series.
 */
export async function readyOutputs(
  config: WatchConfig & { readonly site: string },
  store: DuckStore,
): Promise<ReadyOutputs> {
  const { influx, routes } = config
  return {
    routes,
    influx: influx.map(each => ({ config: each, writer: openWriter(each, secretOf(each)) })),
    series: influx.length === 0 ? null : await outputSeries(config, store),
    degraded: await degradedIn(store),
  }
}

/** In the order of the configuration, InfluxDBs first. */
export function openOutputs(ready: ReadyOutputs, around: Surroundings): Outputs {
  const admit = (point: InfluxPoint): InfluxPoint => ready.series?.admission.admit(point) ?? point
  const wasDegraded = (name: string): boolean => ready.degraded.has(name)
  const exporters = ready.influx.map(each =>
    exporterOf(each, { admit, wasDegraded: wasDegraded(each.config.name) }, around),
  )
  const routes = ready.routes.map(each => routeOf(each, wasDegraded(each.name), around))
  const { onFault, store } = around
  return new Outputs({
    ...{ outputs: [...exporters, ...routes], onFault },
    lastEntry: () => store.lastEntry,
  })
}

/** By what was recorded of each last: that it is well again is to be recorded as soon as it is. */
async function degradedIn(store: DuckStore): Promise<ReadonlySet<string>> {
  const degraded = new Set<string>()
  for (let at = 0, isMore = true; isMore; ) {
    const entries = await store.entriesAfter(at, READ_AT_ONCE, ['output'])
    for (const { entry } of entries)
      if (entry.state === 'degraded') degraded.add(entry.output)
      else degraded.delete(entry.output)
    at = entries.at(-1)?.number ?? at
    isMore = entries.length === READ_AT_ONCE
  }
  return degraded
}

function exporterOf(
  { config, writer }: ReadyOutputs['influx'][number],
  given: Pick<ExporterOptions, 'admit' | 'wasDegraded'>,
  around: Surroundings,
): Output {
  const { store, clock } = around
  const site = around.rules().site.name
  return new Exporter({
    ...{ config, store, writer, site, random, ...given },
    deadLetters: join(around.config.store.folder, DEAD_LETTERS),
    clock: { now: () => clock.now(), sleep },
    onState: (state, reason) =>
      note(around, { kind: 'output', output: config.name, state, reason }),
    onLost: (what, count, why) => note(around, { kind: 'lost', what, count, why }),
  })
}

function routeOf(config: RouteConfig, wasDegraded: boolean, around: Surroundings): Output {
  const { store, desk, clock } = around
  return new Route({
    ...{ config, store, random, hash: hashOf, wasDegraded },
    transport: openTransport(config.target, groundsIn(around)),
    ...{ site: around.rules().site.name, folder: around.config.store.folder },
    clock: { now: () => clock.now(), sleep },
    record: entries => desk.note(entries),
    heldBy: stored => desk.heldBy(stored),
    standing: () => desk.standing.sentence,
    onState: (state, reason) =>
      note(around, { kind: 'output', output: config.name, state, reason }),
  })
}

const groundsIn = ({ rules, clock }: Surroundings): Grounds =>
  groundsOf({
    ...{ sensors: rules().sensors, nowMs: () => clock.now() },
    policy() {
      const { id, hash, webexRanges: webex_ranges } = rules().policy
      return { id, hash, webex_ranges }
    },
  })

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** From 0 to 1. */
const random = (): number => randomInt(RANDOM_STEPS) / RANDOM_STEPS

type Unclocked<I> = I extends Incident ? Omit<I, 'atMs'> : never

/** Whoever stops before it can be kept hears of that by what else could not be. */
function note({ desk, clock }: Surroundings, incident: Unclocked<Incident>): void {
  desk.note([{ ...incident, atMs: clock.now() } as Incident]).catch(() => undefined)
}

const secretOf =
  ({ secret }: InfluxConfig) =>
  (): Promise<string | null> =>
    secret === null ? Promise.resolve(null) : readSecret(secret)
