// Everything that the log can say: a closed list of events, the level of each, and what it tells. Whoever reads the
// log may rely on the names. Nothing here comes from packets but names of nodes and rows, and no event has room
// for payload, credentials or comments.

import type { LogLevel } from '../model/watch-config.ts'

export interface LogEvents {
  started: {
    run: string
    version: string
    site: string
    interfaces: readonly string[]
    sensors: readonly string[]
  }
  /** Asked to end, by a signal or a fault. */
  stopping: { why: string }
  stopped: { run: string; seconds: number }

  rules_loaded: { generation: number; policy_hash: string; site_hash: string }
  rules_refused: { problems: readonly string[] }
  /** These members of the configuration have changed, and count only after a restart. */
  restart_needed: { for: readonly string[] }
  /** An InfluxDB gets the series of the rules before, and what only the new ones name as `other`. */
  series_kept: { problems: readonly string[] }

  capture_blind: { interface: string | null; sensor: string; cause: string; detail: string }
  capture_back: { interface: string | null; sensor: string; cause: string; seconds: number }
  capture_note: { text: string }
  clock_jump: { by_ms: number }

  store_opened: { folder: string; took_ms: number; lost: number; notes: readonly string[] }
  store_degraded: { reason: string }
  store_recovered: { seconds: number }
  store_note: { note: string }
  /** Something is gone for good; rows, too, that the judging thread could not hand over. */
  store_lost: { what: string; count: number; why: string }

  finding_opened: { id: string; severity: string; verdict: string; row: string; title: string }
  finding_reopened: { id: string; severity: string; verdict: string; row: string; title: string }
  finding_closed: { id: string; members: number }
  /** What a person did: acknowledged, suppressed, ended. */
  act: { kind: string; id: string; author: string }

  /** What is fed from the store, without any secret; `series` is how many an InfluxDB may get, in words. */
  output_started: { output: string; kind: string; where: string; series: string | null }
  output_degraded: { output: string; reason: string }
  output_recovered: { output: string; reason: string }
  output_stopped: { output: string; acked: number; pending: number; dead_lettered: number }

  control_listening: { socket: string }
  metrics_listening: { address: string }

  /** A ledger that does not close: a fault of ours. */
  ledger_open: { equation: string }
  fault: { message: string; stack: string }

  log_reopened: { file: string }
  log_not_reopened: { file: string; why: string }
  /** Lines that could not be written. */
  log_lost: { lines: number; why: string }
  /** Lines of one event beyond so many a minute. */
  log_left_out: { of: string; lines: number }
}

export type LogEvent = keyof LogEvents

export const LEVEL_OF: Readonly<Record<LogEvent, LogLevel>> = {
  started: 'info',
  stopping: 'info',
  stopped: 'info',
  rules_loaded: 'info',
  rules_refused: 'error',
  restart_needed: 'warn',
  series_kept: 'warn',
  capture_blind: 'warn',
  capture_back: 'info',
  capture_note: 'info',
  clock_jump: 'warn',
  store_opened: 'info',
  store_degraded: 'error',
  store_recovered: 'info',
  store_note: 'warn',
  store_lost: 'error',
  finding_opened: 'info',
  finding_reopened: 'info',
  finding_closed: 'debug',
  act: 'info',
  output_started: 'info',
  output_degraded: 'error',
  output_recovered: 'info',
  output_stopped: 'info',
  control_listening: 'info',
  metrics_listening: 'info',
  ledger_open: 'error',
  fault: 'error',
  log_reopened: 'info',
  log_not_reopened: 'warn',
  log_lost: 'warn',
  log_left_out: 'warn',
}
