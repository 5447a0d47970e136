// What a route of alerts tells. Plain data: a route decides what to say (alerts/), a format says it, a transport brings it.

import type { FindingPhase } from './lifecycle.ts'
import type { BlindInterval } from './live.ts'
import type { ReportedFinding } from './result.ts'

/** What every notice has. */
interface NoticeHead {
  /** The same in every try, so that receivers can drop repeats. */
  readonly id: string
  readonly route: string
  /** Counts the notices of the route, from 1. */
  readonly seq: number
  /** By the monitor's own clock. */
  readonly atMs: number
  readonly site: string
}

/** One finding as it is told. */
export interface ToldAlert {
  readonly finding: ReportedFinding
  readonly phase: FindingPhase
  /** How often it has opened. */
  readonly episodes: number
  /** By the capture clock. */
  readonly captureMs: number
}

export type Notice = NoticeHead &
  (
    | {
        readonly kind: 'findings'
        /** Row and the roles of both ends, which is what belongs together. */
        readonly group: {
          readonly row: string
          readonly source: string
          readonly destination: string
        }
        /** The worst first; at most NOTICE_FINDINGS_MAX of them, further ones come with the next notice. */
        readonly findings: readonly ToldAlert[]
        /** Told before, and still there. */
        readonly isRepeat: boolean
      }
    /** All findings of a group that were told are closed. */
    | {
        readonly kind: 'resolved'
        readonly group: {
          readonly row: string
          readonly source: string
          readonly destination: string
        }
        readonly findings: readonly ToldAlert[]
      }
    | { readonly kind: 'blind'; readonly interval: BlindInterval }
    | {
        readonly kind: 'output'
        readonly output: string
        readonly state: 'degraded' | 'recovered'
        readonly reason: string
      }
    /** More notices than the route may send in a minute: how many were put together, and of which findings. */
    | {
        readonly kind: 'digest'
        readonly notices: number
        /** The ten worst. */
        readonly findings: readonly ToldAlert[]
        /** Further findings. */
        readonly more: number
        /** Blind intervals and outputs among them, `blind eth0:silent:1772445600000`, `output influx (over)`: ten at most. */
        readonly troubles: readonly string[]
      }
    /** Silence means trouble: this comes every so many minutes, whatever happens. */
    | { readonly kind: 'heartbeat'; readonly sentence: string }
    /** Somebody tries the route. */
    | { readonly kind: 'test'; readonly author: string }
  )

export const NOTICE_FINDINGS_MAX = 1_000
