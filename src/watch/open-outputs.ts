// What a configuration names to be fed, opened: an exporter for each InfluxDB, a route for each way of telling people. What
// cannot work however long one waits is refused before watching begins; whatever else fails is a state that is told.

import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { readSecret } from '../config/secret.ts'
import { sleep } from '../influx/clock.ts'
import { Exporter } from '../influx/exporter.ts'
import { openWriter } from '../influx/open-writer.ts'
import type { InfluxWriter } from '../influx/writer.ts'
import type { TrustedClock } from '../lifecycle/trusted-clock.ts'
import type { Incident } from '../model/lifecycle.ts'
import type { Output } from '../model/output.ts'
import type { InfluxConfig, WatchConfig } from '../model/watch-config.ts'
import type { DuckStore } from '../store/store.ts'
import type { Desk } from './desk.ts'
import { Outputs } from './outputs.ts'

/** Where what a receiver refuses for good is kept, in the folder of the store. */
const DEAD_LETTERS = 'dead-letters'

const RANDOM_STEPS = 2 ** 32

/** Nothing is connected and nothing is sent. */
export interface ReadyOutputs {
  readonly influx: readonly { readonly config: InfluxConfig; readonly writer: InfluxWriter }[]
}

export interface Surroundings {
  readonly config: WatchConfig
  readonly site: string
  readonly store: DuckStore
  readonly desk: Desk
  readonly clock: TrustedClock
  readonly onFault: (error: unknown) => void
}

/** @throws UsageError where a file cannot be read that is needed to connect. */
export const readyOutputs = ({ influx }: WatchConfig): ReadyOutputs => ({
  influx: influx.map(config => ({ config, writer: openWriter(config, secretOf(config)) })),
})

/** In the order of the configuration, InfluxDBs first. */
export function openOutputs(ready: ReadyOutputs, around: Surroundings): Outputs {
  const exporters = ready.influx.map(each => exporterOf(each, around))
  return new Outputs({ outputs: exporters, onFault: around.onFault })
}

function exporterOf(
  { config, writer }: ReadyOutputs['influx'][number],
  around: Surroundings,
): Output {
  const { store, site, clock } = around
  return new Exporter({
    ...{ config, store, writer, site, random },
    deadLetters: join(around.config.store.folder, DEAD_LETTERS),
    clock: { now: () => clock.now(), sleep },
    admit: point => point,
    onState: (state, reason) =>
      note(around, { kind: 'output', output: config.name, state, reason }),
    onLost: (what, count, why) => note(around, { kind: 'lost', what, count, why }),
  })
}

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
