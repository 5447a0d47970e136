// What whoever asks the monitor may ask it: the control socket, the commands, and later the page. One process holds
// the store and answers; where none runs, a command opens the store itself and answers in the same way.

import type { Ledger } from './ledger.ts'
import type { Maintenance, Scope, Suppression } from './lifecycle.ts'
import type { BlindInterval, InterfaceState } from './live.ts'
import type { OutputState } from './output.ts'
import type { HistoryPort, StoreHealth } from './store.ts'

/** How things stand, as one would say it on the phone. */
export interface DeskStatus {
  /** Whether packets are being watched, or the store alone was opened. */
  readonly isWatching: boolean
  readonly state: 'compliant' | 'violations' | 'not_observed'
  readonly sentence: string
  readonly version: string
  readonly site: string
  readonly policyHash: string
  readonly siteHash: string
  /** As in `Telling`; 0 before any rules were loaded. */
  readonly generation: number
  /** Rules that were to be loaded last and are not, with what is wrong with them; null where they are in force. */
  readonly refused: Refused | null
  /** By the monitor's own clock. */
  readonly startedMs: number
  readonly atMs: number
  /** The capture clock; null before the first packet. */
  readonly captureMs: number | null
  readonly interfaces: readonly InterfaceState[]
  /** Intervals that last. */
  readonly blind: readonly BlindInterval[]
  /** Of the latest telling; null before it. */
  readonly ledger: Ledger | null
  readonly leftOut: { readonly flows: number; readonly points: number }
  readonly store: StoreHealth
  /** In the order of the configuration; none where a store alone was opened. */
  readonly outputs: readonly OutputState[]
}

export interface Refused {
  readonly atMs: number
  readonly problems: readonly string[]
}

/** Who does something, and why. */
export interface Said {
  readonly author: string
  readonly comment: string
}

/** What a suppression or a window of maintenance is to be. */
export interface Quiet {
  readonly scope: Scope
  readonly reason: string
  readonly author: string
  /** By the monitor's own clock; null is now. */
  readonly fromMs: number | null
  readonly untilMs: number
}

/** What holds pages back at present, or will. */
export interface Quieted {
  readonly suppressions: readonly Suppression[]
  readonly maintenances: readonly Maintenance[]
}

/** What came of reading the rules again: where they are refused, those before stay in force. */
export interface Reloaded {
  readonly isLoaded: boolean
  readonly policyHash: string
  readonly siteHash: string
  /** Everything that is wrong with the refused ones, each with its place. */
  readonly problems: readonly string[]
}

/**
 * Acts are on the disk when their promise is kept; where it is not, nothing happened. What is refused rejects with a
 * `UsageError`, what cannot be done at present with `Unavailable`; anything else is a fault of mpwatch.
 */
export interface DeskPort extends HistoryPort {
  status(): Promise<DeskStatus>
  quieted(): Promise<Quieted>

  /** All of them or none: one id that nobody knows refuses the whole. */
  acknowledge(ids: readonly string[], said: Said): Promise<void>
  unacknowledge(ids: readonly string[], said: Said): Promise<void>
  suppress(quiet: Quiet): Promise<Suppression>
  maintain(quiet: Quiet): Promise<Maintenance>
  /** Ends a suppression or a window of maintenance before its time. */
  end(id: string, author: string): Promise<void>
  reload(): Promise<Reloaded>
}

/** It cannot be done at present, though nothing is wrong with what was asked: why, and what would help. */
export class Unavailable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unavailable'
  }
}
