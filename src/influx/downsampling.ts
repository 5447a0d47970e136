// How series become coarser: what stands for ten minutes of each field (semantics 3.6). Measurements and fields keep
// their names and types, so that one query reads both what is fine and what is coarse. InfluxQL and Flux are made after
// this one list: influxql-downsampling.ts, flux-downsampling.ts.

import type { ENTRY_MEASUREMENTS, MeasurementName } from '../model/measurement.ts'

/** A point stands for ten minutes, from its time on. */
export const WINDOW = '10m'

/**
 * Sums for what is counted in each window, `last` for what holds until it changes, and otherwise the worst, as limits
 * are compared with it. A mean is right for what lies in the middle, and that is a float, so that its type stays.
 */
export type Aggregate = 'sum' | 'max' | 'min' | 'mean' | 'last'

export interface Downsampling {
  readonly fields: Readonly<Record<string, Aggregate>>
  /**
   * A field of yes and no. Where any point of the ten minutes has yes, only such points count, but for the fields of
   * `always`: what a capture itself has lost must not spoil what was lost in the network.
   */
  readonly decidedBy?: string
  readonly always?: readonly string[]
}

const all = (aggregate: Aggregate, ...names: readonly string[]) =>
  Object.fromEntries(names.map(name => [name, aggregate]))

/** Every series that has windows; all of their fields. */
export const DOWNSAMPLED: Readonly<Record<MeasurementName, Downsampling>> = {
  mp_flow: {
    fields: all(
      'sum',
      ...['flows', 'attempts', 'established', 'refused', 'unanswered'],
      ...['pkts_ab', 'pkts_ba', 'bytes_ab', 'bytes_ba'],
    ),
  },
  mp_latency: {
    fields: {
      ...all('sum', 'n', 'over_limit'),
      ...{ min_ms: 'min', p50_ms: 'mean', limit_ms: 'last' },
      ...all('max', 'p95_ms', 'p99_ms', 'max_ms'),
    },
  },
  mp_loss: {
    fields: {
      ...all('sum', 'expected', 'lost', 'dup', 'reordered', 'capture_lost'),
      // Of the worst minute: the share of all ten is the quotient of the sums.
      loss_pct: 'max',
      judged: 'last',
    },
    ...{ decidedBy: 'judged', always: ['capture_lost'] },
  },
  mp_rtp: {
    fields: {
      // A stream that lasts is in every window, and a sum would count it in each.
      ...all('max', 'streams', 'one_way', 'loss_pct_p95', 'jitter_ms_p95'),
      unverified: 'sum',
    },
  },
  mp_clock: {
    fields: {
      offset_ms: 'mean',
      ...all('max', 'uncertainty_ms', 'root_dispersion_ms'),
      ...all('last', 'stratum', 'leap'),
    },
  },
  mp_gwsim: {
    fields: {
      ...all('last', 'state', 'state_name'),
      ...all('sum', 'completed_in', 'completed_out', 'blocked_in', 'blocked_out'),
    },
  },
  mp_failover: {
    fields: {
      ...all('last', 'active_node', 'repl_state'),
      ...all('max', 'vip_macs', 'heartbeat_age_s'),
      ...all('sum', 'pings', 'repl_bytes'),
      // The slowest, as within ten seconds.
      backlog_drain_kbps: 'min',
    },
  },
  mp_coverage: { fields: all('last', 'state', 'state_name', 'last_seen', 'flows') },
  mp_sensor: {
    fields: {
      ...all('sum', 'pkts', 'kernel_drops', 'iface_drops', 'dup_removed', 'truncated'),
      ...all('sum', 'undecoded', 'evicted', 'export_dropped'),
      ...all('max', 'flows_active', 'export_queue', 'lag_s'),
    },
  },
}

/** So late points may come and still be made coarser by the server itself; later ones are by `refine` (setup.ts). */
export const LATENESS = '3h'

/** What happens does not become coarser: it is copied, each point with its own nanosecond. */
export const COPIED: Readonly<
  Record<keyof typeof ENTRY_MEASUREMENTS, { readonly number: string; readonly lateness: string }>
> = {
  /** `number` is a field that every point has. */
  mp_violation: { number: 'members', lateness: LATENESS },
  // An interval is written again when it ends, at its beginning.
  mp_blind: { number: 'ends_ms', lateness: '1w' },
}
