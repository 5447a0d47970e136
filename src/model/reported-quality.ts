// What was measured of a run, as reports show it: pairs of hosts, streams of media, clocks. Field names are
// those of the JSON report. Lists are bounded, and what they leave out is counted beside them.

import type { LossState } from './loss.ts'
import type { ClockRateBasis, Distribution, RoundTripMethod } from './quality.ts'

export interface ReportedQuality {
  /** All series: when their first point begins, and how long each lasts. */
  readonly series: { readonly start: string; readonly step_s: number }
  /** Worst first. */
  readonly pairs: readonly ReportedPair[]
  /** How many there are, those that are not listed included. */
  readonly pairs_seen: number
  /** Connections of pairs for which there was no room. */
  readonly connections_left_out: number
  /** Worst first. */
  readonly streams: readonly ReportedStream[]
  readonly streams_seen: {
    readonly count: number
    readonly packets: number
    readonly expected: number
    readonly lost: number
    readonly loss_pct: number | null
  }
  readonly clocks: readonly ReportedClock[]
  /** Those of the sensors, each by the best server that it has seen. */
  readonly sensor_clocks: readonly ReportedSensorClock[]
  /** Of all TCP segments. */
  readonly capture: {
    readonly segments: number
    readonly gaps: number
    readonly loss_pct: number
  }
}

/** Two hosts, by the names of the site or by their addresses; `a` comes first in the alphabet. */
export interface ReportedPair {
  readonly a: string
  readonly b: string
  /** What the policy demands of the two; null where it demands nothing. Broken only strictly above. */
  readonly limits: { readonly rtt_ms: number; readonly loss_pct: number } | null
  /** The whole way there and back. */
  readonly round_trip: ReportedRoundTrips & {
    /** Samples above the limit; null where there is none. */
    readonly over: number | null
    readonly is_above_limit: boolean
    /** p95 of each point of the series, null where nothing was measured. */
    readonly p95_series: readonly (number | null)[]
  }
  readonly methods: readonly ReportedMethod[]
  /** From `a` to `b`, then back. */
  readonly directions: readonly ReportedDirection[]
}

/** Above a limit in anything. */
export const isAboveLimit = ({ round_trip: trips, directions }: ReportedPair): boolean =>
  trips.is_above_limit || directions.some(one => one.is_above_limit)

export interface ReportedRoundTrips {
  readonly n: number
  readonly min_ms: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
  readonly max_ms: number
  /** How far a quantile may be off, in percent of itself. */
  readonly error_pct: number
}

/** Round trips by one method, over the whole way or between the sensor and one of the two. */
export interface ReportedMethod extends ReportedRoundTrips {
  readonly method: RoundTripMethod
  readonly leg: 'total' | 'a' | 'b'
}

/** TCP segments of one direction. */
export interface ReportedDirection {
  readonly from: string
  readonly to: string
  readonly segments: number
  readonly lost: number
  readonly lost_before: number
  readonly loss_pct: number | null
  readonly loss_state: LossState
  /** The highest of a point of the series that can be told; null where there is none. */
  readonly loss_worst_pct: number | null
  /** As a whole, or in one point of the series. */
  readonly is_above_limit: boolean
  readonly capture_gaps: number
  readonly capture_loss_pct: number
  readonly retransmissions: {
    readonly total: number
    readonly fast: number
    readonly timeout: number
    readonly spurious: number
  }
  readonly out_of_order: number
  readonly duplicate_acks: number
  readonly zero_windows: number
  readonly keep_alives: number
  /** Of each point of the series; null where nothing was sent. */
  readonly loss_series: readonly (number | null)[]
  readonly capture_loss_series: readonly (number | null)[]
}

/** One synchronisation source of a flow. */
export interface ReportedStream {
  readonly from: string
  readonly to: string
  readonly src_ip: string
  readonly src_port: number
  readonly dest_ip: string
  readonly dest_port: number
  readonly ssrc: string
  readonly payload_type: number
  readonly clock_rate: number | null
  readonly clock_rate_basis: ClockRateBasis
  readonly packets: number
  readonly expected: number
  readonly lost: number
  readonly loss_pct: number | null
  readonly duplicates: number
  readonly out_of_order: number
  readonly restarts: number
  readonly jitter_ms: { readonly mean: number; readonly max: number } | null
  /** The latest report of its receiver; null where none was seen. */
  readonly reported: {
    readonly fraction_lost_pct: number | null
    readonly jitter_ms: number | null
    readonly rtt_ms: number | null
  } | null
  readonly first: string
  readonly last: string
}

/** Who asks whom for the time, by the latest exchange. */
export interface ReportedClock {
  readonly client: string
  readonly server: string
  readonly n: number
  /** The client's clock less the server's; null where the client hides its own. */
  readonly offset_ms: number | null
  readonly uncertainty_ms: number
  readonly delay_ms: number
  readonly stratum: number
  readonly leap: number
  readonly kiss: string | null
  readonly poll_s: number | null
  readonly last: string
}

export interface ReportedSensorClock {
  /** Null where nothing names it. */
  readonly sensor: string | null
  /** The sensor's clock less the server's. */
  readonly offset_ms: number
  readonly uncertainty_ms: number
  readonly server: string
  readonly stratum: number
  readonly n: number
}

/** Milliseconds and percent have three decimals. */
export function thousandths(value: number): number
export function thousandths(value: number | null): number | null
export function thousandths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000
}

/** As Wireshark shows a synchronisation source. */
export const ssrcText = (ssrc: number): string =>
  `0x${(ssrc >>> 0).toString(16).toUpperCase().padStart(8, '0')}`

export const reportedRoundTrips = (
  spread: Distribution,
  errorShare: number,
): ReportedRoundTrips => ({
  n: spread.n,
  min_ms: thousandths(spread.min),
  p50_ms: thousandths(spread.p50),
  p95_ms: thousandths(spread.p95),
  p99_ms: thousandths(spread.p99),
  max_ms: thousandths(spread.max),
  error_pct: thousandths(100 * errorShare),
})
