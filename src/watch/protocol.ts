// What the two threads of a running monitor say to each other. Plain data only, since it is copied.

import type { Problem } from '../model/errors.ts'
import type { Telling } from '../model/live.ts'

/** What the judging thread needs to begin; paths as the operator gave them. */
export interface JudgingOptions {
  readonly site: string
  readonly rules: string
  readonly source: LiveSettings | ReplaySettings
}

export interface LiveSettings {
  readonly kind: 'live'
  readonly interfaces: readonly {
    readonly name: string
    /** Of the site file; null where it declares none, or one. */
    readonly sensor: string | null
  }[]
  readonly tool: 'auto' | 'tcpdump' | 'dumpcap' | 'cap'
  readonly toolPaths: { readonly tcpdump: string; readonly dumpcap: string }
  readonly filter: string | null
  readonly snapBytes: number
  readonly bufferBytes: number
  readonly silentS: number
}

export interface ReplaySettings {
  readonly kind: 'replay'
  readonly captures: readonly string[]
  readonly sensor: string | null
  /** How many seconds of the capture pass in one; 0 for as fast as it goes. */
  readonly speed: number
}

/** The rules that are in force. */
export interface RulesInForce {
  readonly generation: number
  readonly policy: { readonly id: string; readonly hash: string }
  readonly site: { readonly name: string; readonly hash: string }
  /** Names of the sensors; none where the site declares none. */
  readonly sensors: readonly string[]
}

export type ToJudging =
  | { readonly kind: 'acknowledge'; readonly number: number }
  | { readonly kind: 'reload'; readonly site: string; readonly rules: string }
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
