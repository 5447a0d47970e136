// mp_coverage and mp_sensor: what became of each statement, and how the sensors fare (semantics 3.6).

import { COVERAGE_STATES, type Coverage } from '../model/coverage.ts'
import type { Ledger } from '../model/ledger.ts'
import type { InterfaceState, Point } from '../model/live.ts'
import { ALL } from '../model/measurement.ts'

/** A point for each statement; `state` is its place in `COVERAGE_STATES`. Due every five minutes of capture time. */
export const coveragePoints = (
  { statements }: Coverage,
  { site, captureMs }: { readonly site: string; readonly captureMs: number },
): readonly Point[] =>
  statements.map(({ id, state, times_kept, last_kept }) => ({
    measurement: 'mp_coverage',
    tags: { site, sensor: ALL, statement: id },
    fields: {
      ...{ state: COVERAGE_STATES.indexOf(state), state_name: state },
      ...{ last_seen: last_kept ?? '', flows: times_kept },
    },
    timeUs: captureMs * 1000,
  }))

/** The books at one moment, counted since the run began. */
export interface Books {
  readonly interfaces: readonly InterfaceState[]
  readonly ledger: Ledger
}

export interface SensorWindow {
  readonly site: string
  readonly now: Books
  /** Ten seconds earlier; null for the first window of the run. */
  readonly before: Books | null
  readonly captureMs: number
  /** Seconds by which the capture clock is behind the monitor's own; null where nothing is compared. */
  readonly lagSeconds: number | null
}

/** A point for each interface, and one with iface `all` for what nobody counts by interface. Counts are of the window. */
export function sensorPoints(window: SensorWindow): readonly Point[] {
  const { site, now, before, captureMs, lagSeconds } = window
  const timeUs = captureMs * 1000
  const lag = lagSeconds === null ? {} : { lag_s: lagSeconds }
  const points = now.interfaces.map((state): Point => {
    const { name, sensor } = state
    const earlier = before?.interfaces.find(one => one.name === name && one.sensor === sensor)
    const since = (of: (state: InterfaceState) => number) =>
      Math.max(0, of(state) - (earlier === undefined ? 0 : of(earlier)))
    return {
      ...{ measurement: 'mp_sensor', tags: { site, sensor, iface: name }, timeUs },
      fields: {
        pkts: since(({ received }) => received),
        kernel_drops: since(({ kernelDropped, helperDropped }) => kernelDropped + helperDropped),
        iface_drops: since(({ interfaceDropped }) => interfaceDropped),
        ...lag,
      },
    }
  })
  const fields = { ...engineFields(now.ledger, before?.ledger ?? null), ...lag }
  const tags = { site, sensor: ALL, iface: ALL }
  return [...points, { measurement: 'mp_sensor', tags, fields, timeUs }]
}

function engineFields(now: Ledger, before: Ledger | null): Point['fields'] {
  const since = (of: (ledger: Ledger) => number) =>
    Math.max(0, of(now) - (before === null ? 0 : of(before)))
  return {
    pkts: since(({ reader }) => reader.seen),
    dup_removed: since(({ reader }) => reader.duplicate),
    truncated: since(({ reader }) => reader.truncated),
    undecoded: since(({ reader }) => reader.malformed + reader.unsupported),
    flows_active: now.flows.live,
    evicted: since(({ flows }) => flows.evicted),
  }
}
