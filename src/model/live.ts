// What live watching is about: interfaces, the times in which nobody saw, and what the judging thread tells the
// rest of the monitor. Plain data, since it crosses from thread to thread. Times are Unix time in whole
// microseconds (`Us`) or milliseconds (`Ms`), which doubles hold exactly until the year 2255.

import type { Coverage } from './coverage.ts'
import type { Transport } from './flow.ts'
import type { Ledger } from './ledger.ts'
import type { MeasurementName } from './measurement.ts'
import type { ReportedFinding } from './result.ts'
import type { VerdictKind } from './verdict.ts'

/** Why a sensor saw nothing, or too little: faults.md F13 to F17. */
export const BLIND_CAUSES = [
  'link_down', // the interface has no carrier, or is switched off
  'interface_gone', // it was removed
  'child_ended', // the capturing program ended though nobody had asked it to, whatever its exit code
  'child_hung', // it gave no sign of life
  'no_permission', // it may not capture
  'no_tool', // no capturing program is installed
  'damaged_stream', // what it delivered is no capture
  'silent', // no packets, where there were some and the link is up
  'one_way', // a pair that was seen in both directions is seen in one only
  'drops', // 0.1 % of the packets or more were dropped before they came here
  'not_running', // the monitor itself was not running
] as const
export type BlindCause = (typeof BLIND_CAUSES)[number]

/** A stretch of time in which a sensor was blind, wholly or in part. Never read as compliance. */
export interface BlindInterval {
  /** Names the interval: interface, cause and beginning. The same interval is told again when it ends. */
  readonly id: string
  readonly sensor: string
  /** Null where it is the whole monitor. */
  readonly interface: string | null
  readonly cause: BlindCause
  readonly fromMs: number
  /** Null while it lasts. */
  readonly toMs: number | null
  /** What was noticed, in one sentence; nothing in it comes from packets. */
  readonly detail: string
}

/** How packets of an interface come to us. */
export type CaptureTool = 'tcpdump' | 'dumpcap' | 'cap' | 'replay'

/** An interface and its books (ledger L1), summed over all children it has had in this run. */
export interface InterfaceState {
  readonly name: string
  readonly sensor: string
  readonly tool: CaptureTool
  readonly state: 'watching' | 'blind'
  /** Packets the kernel's capture took in; `received = delivered + kernelDropped + helperDropped`. */
  readonly received: number
  readonly delivered: number
  readonly kernelDropped: number
  /** What the child had taken in and did not hand on, mostly when it was killed. */
  readonly helperDropped: number
  /** Dropped by the interface before any capture, and no part of `received`. */
  readonly interfaceDropped: number
  /** How often the child was started again. */
  readonly restarts: number
  /** Packets have the time of their arrival here and not of their capture: nothing is measured by it. */
  readonly isTimedOnArrival: boolean
  /** When the latest packet was captured; null before the first. */
  readonly lastMs: number | null
}

/** Whether the books of the interface close (L1). */
export const isL1Closed = (state: InterfaceState): boolean =>
  state.received === state.delivered + state.kernelDropped + state.helperDropped

/** A point of a time series. Tags are from closed sets; see model/measurement.ts. */
export interface Point {
  readonly measurement: MeasurementName
  readonly tags: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, number | boolean | string>>
  readonly timeUs: number
}

/** A judged flow record, as the store keeps it. */
export interface FlowRow {
  readonly firstUs: number
  readonly lastUs: number
  readonly sensor: string
  readonly transport: Transport
  readonly protocol: number
  readonly vlan: number | null
  readonly client: string
  readonly clientPort: number
  readonly server: string
  readonly serverPort: number
  /** Names of the placements: a node's, or `role@zone`. */
  readonly source: string
  readonly destination: string
  readonly verdict: VerdictKind
  readonly reason: string | null
  readonly row: string | null
  readonly app: string | null
  readonly state: string
  readonly packetsToServer: number
  readonly packetsToClient: number
  readonly bytesToServer: number
  readonly bytesToClient: number
}

/** A finding as far as this run knows it; counts are of this generation of rules alone. */
export interface ToldFinding {
  readonly finding: ReportedFinding
  readonly lastMs: number
  /** Told before the flow has ended: its record will confirm it, or it is gone again. */
  readonly isEarly: boolean
}

/** What the judging thread tells, about once a second of capture time, and at once where a finding opens. */
export interface Telling {
  /** From 1, without gaps; the main thread acknowledges each. */
  readonly number: number
  /** Counts the rules that were loaded, from 1: findings of different generations add up. */
  readonly generation: number
  /** The capture clock; null before the first packet. */
  readonly captureMs: number | null
  /** When the first packet of the run was captured, where it is known; a telling may come seconds later. */
  readonly firstMs?: number | null
  /** Findings that are new or have changed. */
  readonly findings: readonly ToldFinding[]
  /** Ids of findings that are none any more: part of a scan, or an early notice that proved wrong. */
  readonly gone: readonly string[]
  readonly flows: readonly FlowRow[]
  readonly points: readonly Point[]
  /** Every five minutes of capture time and at the end, else null. */
  readonly coverage: Coverage | null
  readonly ledger: Ledger
  readonly interfaces: readonly InterfaceState[]
  /** Intervals that began or ended. */
  readonly blind: readonly BlindInterval[]
  /** Rows that were not sent since the main thread was too far behind; of the whole run. */
  readonly leftOut: { readonly flows: number; readonly points: number }
}
