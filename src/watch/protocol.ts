// What the two threads of a running monitor say to each other. Plain data only, since it is copied.

import type { MessagePort } from 'node:worker_threads'
import type { Problem } from '../model/errors.ts'
import type { Point, Telling } from '../model/live.ts'
import type { WatchConfig } from '../model/watch-config.ts'

/** What the judging thread needs to begin. */
export interface JudgingOptions {
  readonly config: WatchConfig & { readonly site: string }
  /** Captures to play in place of listening; null for interfaces. */
  readonly replay: ReplaySettings | null
  /** Tags of the series of flows that the store has: as long as it lives they are told apart, and few beside them. */
  readonly flowSeries: readonly Point['tags'][]
  /**
   * Where the judging thread hears of the monitor's own sessions (`OwnNews`). Apart from all else that is said, so that
   * it can be read up between two chunks, before the packets of a session that has just been told.
   */
  readonly own: MessagePort
}

/** The interface of what is played, which has none. */
export const REPLAY = 'replay'

export interface ReplaySettings {
  readonly captures: readonly string[]
  /** Seconds of capture time in one second; 0 for as fast as it goes. */
  readonly speed: number
}

/** The rules that are in force. */
export interface RulesInForce {
  readonly generation: number
  readonly policy: {
    readonly id: string
    readonly hash: string
    /** Version of the addresses of WebEx. */
    readonly webexRanges: string
  }
  readonly site: { readonly name: string; readonly hash: string }
  /** Names of the sensors; none where the site declares none. */
  readonly sensors: readonly string[]
}

export type ToJudging =
  | { readonly kind: 'acknowledge'; readonly number: number }
  | { readonly kind: 'reload'; readonly site: string; readonly rules: string | null }
  /** Ends the capture, judges what is left, and tells it. */
  | { readonly kind: 'stop' }

export type FromJudging =
  | { readonly kind: 'in_force'; readonly rules: RulesInForce }
  /** The rules that were to be loaded are not; those before stay. */
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'telling'; readonly telling: Telling }
  /** For the log; nothing in it comes from packets. */
  | { readonly kind: 'note'; readonly text: string }
  /** Watching could not begin: what the operator can do about it. */
  | {
      readonly kind: 'failed'
      readonly by: 'usage' | 'input'
      readonly problems: readonly Problem[]
      readonly message: string
    }
  /** The last telling was sent. */
  | { readonly kind: 'over'; readonly openEquations: readonly string[] }
