// The series that InfluxDBs may get of a running monitor: how many, said and refused before watching begins, and which,
// as long as it runs. They follow from policy and site, and so anew whenever these are loaded.

import { Admission } from '../influx/admission.ts'
import { entryPoints } from '../influx/points.ts'
import {
  checkSeries,
  type SeriesGrounds,
  seriesBound,
  seriesText,
  VIOLATION_SERIES_MAX,
} from '../influx/series.ts'
import { FLOW_SERIES_MAX } from '../model/measurement.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import type { DuckStore } from '../store/store.ts'
import { REPLAY } from './protocol.ts'
import { loadFor } from './rules-loader.ts'
import { seriesGrounds } from './series-grounds.ts'

type Watched = WatchConfig & { readonly site: string }

export interface OutputSeries {
  readonly admission: Admission
  /** How many there may be, by the name of each InfluxDB. */
  readonly texts: ReadonlyMap<string, string>
}

/** @throws UsageError where there may be more of them than one is to have, or the rules cannot be read. */
export async function outputSeries(config: Watched, store: DuckStore): Promise<OutputSeries> {
  const grounds = groundsIn(config)
  const texts = textsOf(config, grounds)
  return { admission: await admissionFor(grounds, store), texts }
}

/** From now on they follow from the rules as they are now. @throws UsageError as `outputSeries`; then they stay. */
export function renewSeries({ admission }: OutputSeries, config: Watched): void {
  const grounds = groundsIn(config)
  textsOf(config, grounds)
  admission.replace(grounds)
}

function textsOf({ influx }: Watched, grounds: SeriesGrounds): OutputSeries['texts'] {
  const bound = seriesBound(grounds)
  return new Map(
    influx.map(({ name, seriesMax }) => {
      checkSeries(bound, seriesMax, `influx ${name}`)
      return [name, seriesText(bound, seriesMax)] as const
    }),
  )
}

/** With the series that the store has as those that an InfluxDB has already. */
export async function admissionFor(grounds: SeriesGrounds, store: DuckStore): Promise<Admission> {
  const admission = new Admission(grounds)
  for (const tags of await store.flowSeries(FLOW_SERIES_MAX))
    admission.seed([{ measurement: 'mp_flow', tags }])
  for (const { number, entry } of await store.eventKinds(VIOLATION_SERIES_MAX))
    admission.seed(entryPoints({ number, entry }, grounds.site.name))
  return admission
}

/** What series follow from by the rules as they are now. @throws UsageError where these cannot be read. */
export function groundsIn({ rules, site, interfaces }: Watched): SeriesGrounds {
  const loaded = loadFor(rules, site, interfaces)
  const named = loaded.interfaces.map(({ name, sensorName: sensor }) => ({
    // What is played is told by the name of its sensor.
    name: name === REPLAY ? sensor : name,
    sensor,
  }))
  return seriesGrounds(loaded, loaded.sensors, named)
}
