// The measurements of time series: their tags, each from a closed set, and their fields. What is stored, exported
// and drawn is made after this one list (semantics 3.6).

export type FieldType = 'float' | 'integer' | 'boolean' | 'text'

/** Stands in tags for what has no name of its own, or none of the closed set (semantics 3.6). */
export const OTHER = 'other'
/** Stands for all sensors or interfaces together; no interface of Linux can have this name. */
export const ALL = 'all'
/** Stands where there is nothing to name. */
export const NONE = 'none'

/** Series of mp_flow that are told apart, as long as a store lives; what is beyond them shares a few. */
export const FLOW_SERIES_MAX = 4_096

/** Whose points of the whole run are: the only sensor's, or nobody's. */
export const measuredBy = (sensors: readonly string[]): string =>
  sensors.length === 1 ? (sensors[0] ?? OTHER) : OTHER

export interface Measurement {
  /** Besides `site` and `sensor`, which all have. */
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, FieldType>>
}

const integers = (...names: readonly string[]): Readonly<Record<string, FieldType>> =>
  Object.fromEntries(names.map(name => [name, 'integer' as const]))
const floats = (...names: readonly string[]): Readonly<Record<string, FieldType>> =>
  Object.fromEntries(names.map(name => [name, 'float' as const]))
const texts = (...names: readonly string[]): Readonly<Record<string, FieldType>> =>
  Object.fromEntries(names.map(name => [name, 'text' as const]))

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
  /**
   * tcp/5003 of one Web Server, as it was seen, whatever the site declares. `state` is the place of `state_name` in
   * GWSIM_STATES. Two kinds of points: one at the moment of each change, with the state alone; and one for each minute
   * in which anything was heard, with the state at its beginning and what happened in it. `_out`: the Web Server
   * opens; `_in`: an Application Server does. Completed are connections whose opening was seen and answered, blocked
   * are attempts that a filter stopped or the host refused, when their records have ended.
   */
  mp_gwsim: {
    tags: ['node'],
    fields: {
      ...{ state: 'integer', state_name: 'text' },
      ...integers('completed_in', 'completed_out', 'blocked_in', 'blocked_out'),
    },
  },
  /**
   * The Application Servers of a site and the address that they share, in each ten seconds in which anything was heard.
   * What nobody can know from here is left out; a site without two servers and such an address has no points.
   */
  mp_failover: {
    tags: [],
    fields: {
      /** Who had the shared address all through the window, by the last that was heard of it; none while it moved. */
      active_node: 'text',
      /** Servers or strangers by whose cards the address is known to have been held: 2 in a move or a split brain. */
      vip_macs: 'integer',
      /** Seconds at the window's end since both ends were heard on the heartbeat's service; once that was learnt. */
      heartbeat_age_s: 'float',
      /**
       * Echo requests between the servers: as they pass once one was answered, and those of a record without an
       * answer when it ends, a minute later.
       */
      pings: 'integer',
      /** A word of REPLICATION_STATES, as of the window's end. */
      repl_state: 'text',
      /** Payload of replication, both ways, what was sent again left out. */
      repl_bytes: 'integer',
      /** The slowest drain that told what the link can do (F-11) and ended in the window, kbit/s. */
      backlog_drain_kbps: 'float',
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
      /** Points that wait for the InfluxDBs of a running monitor; and those given up since the point before. */
      ...integers('export_queue', 'export_dropped'),
      ...floats('lag_s'),
    },
  },
} as const satisfies Record<string, Measurement>

export type MeasurementName = keyof typeof MEASUREMENTS

/**
 * Measurements that are made of the journal's entries when they are handed on, and are stored nowhere else: what is
 * told of findings must not be lost as rows may be. `site` and `sensor` are tags of these, too.
 */
export const ENTRY_MEASUREMENTS = {
  /** One point for each event of a finding; the flow is that of the finding's first example. */
  mp_violation: {
    tags: ['row', 'verdict', 'reason', 'severity', 'confidence', 'phase'],
    fields: {
      /** How often the finding has opened, and its flows so far. */
      ...integers('count', 'members'),
      ...texts('alert_id', 'community_id', 'src_ip', 'dst_ip', 'src_node', 'dst_node'),
      ...integers('src_port', 'dst_port'),
      ...texts('direction_basis', 'message', 'evidence_ref', 'first_seen', 'last_seen'),
    },
  },
  /** One point for each interval in which a sensor was blind, at its beginning; written again when it ends. */
  mp_blind: {
    tags: ['iface', 'cause'],
    fields: {
      /** Unix milliseconds; 0 while it lasts. */
      ...integers('ends_ms'),
      ...{ lasts: 'boolean', seconds: 'float', detail: 'text' },
    },
  },
} as const satisfies Record<string, Measurement>

/** Everything that is exported, by name. */
export const EXPORTED = { ...MEASUREMENTS, ...ENTRY_MEASUREMENTS } as const
export type ExportedName = keyof typeof EXPORTED
