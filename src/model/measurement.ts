// The measurements of time series: their tags, each from a closed set, and their fields. What is stored, exported
// and drawn is made after this one list (semantics 3.6).

export type FieldType = 'float' | 'integer' | 'boolean' | 'text'

export interface Measurement {
  /** Besides `site` and `sensor`, which all have. */
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, FieldType>>
}

const integers = (...names: readonly string[]): Readonly<Record<string, FieldType>> =>
  Object.fromEntries(names.map(name => [name, 'integer' as const]))
const floats = (...names: readonly string[]): Readonly<Record<string, FieldType>> =>
  Object.fromEntries(names.map(name => [name, 'float' as const]))

export const MEASUREMENTS = {
  mp_flow: {
    tags: ['row', 'verdict', 'src_role', 'dst_role', 'src_zone', 'dst_zone', 'l4'],
    fields: integers(
      ...(['flows', 'attempts', 'established', 'refused', 'unanswered'] as const),
      ...(['pkts_ab', 'pkts_ba', 'bytes_ab', 'bytes_ba'] as const),
    ),
  },
  mp_latency: {
    tags: ['pair', 'row', 'method', 'leg'],
    fields: {
      ...integers('n', 'over_limit'),
      ...floats('min_ms', 'p50_ms', 'p95_ms', 'p99_ms', 'max_ms', 'limit_ms'),
    },
  },
  mp_loss: {
    tags: ['pair', 'row', 'dir', 'method'],
    fields: {
      ...integers('expected', 'lost', 'dup', 'reordered', 'capture_lost'),
      ...floats('loss_pct'),
      judged: 'boolean',
    },
  },
  mp_rtp: {
    tags: ['media_role', 'dir'],
    fields: {
      ...integers('streams', 'one_way', 'unverified'),
      ...floats('loss_pct_p95', 'jitter_ms_p95'),
    },
  },
  mp_clock: {
    tags: ['pair', 'method'],
    fields: {
      ...floats('offset_ms', 'uncertainty_ms', 'root_dispersion_ms'),
      ...integers('stratum', 'leap'),
    },
  },
  mp_coverage: {
    tags: ['statement'],
    fields: { state: 'integer', state_name: 'text', last_seen: 'text', flows: 'integer' },
  },
  mp_sensor: {
    tags: ['iface'],
    fields: {
      ...integers('pkts', 'kernel_drops', 'iface_drops', 'dup_removed', 'truncated', 'undecoded'),
      ...integers('flows_active', 'evicted'),
      ...floats('lag_s'),
    },
  },
} as const satisfies Record<string, Measurement>

export type MeasurementName = keyof typeof MEASUREMENTS
