// Which side opens the control connection of a Web Server (tcp/5003), as the site declares it or as a
// capture shows it: semantics 3.4.

import type { GwsimMode } from './inventory.ts'

/** In an order that stays, since time series number them by it. */
export const GWSIM_STATES = [
  'unknown', // nothing has completed yet
  'normal', // the Web Server opens it
  'reverse', // the Application Server does
  'conflict', // both directions are in use at once
  'blocked', // both directions were tried, and none gets through
] as const
export type GwsimState = (typeof GWSIM_STATES)[number]

/** How the state came about, one step of it. */
export interface ModeStep {
  readonly state: GwsimState
  /** Nanoseconds since the run's epoch. */
  readonly sinceNs: number
  /** The packet or the silence that made it so, in one sentence of names. */
  readonly why: string
}

/** What is known of one Web Server. */
export interface ModeView {
  readonly declared: GwsimMode | null
  /** The direction that completes, as learned; null while none has. */
  readonly learned: GwsimMode | null
  readonly state: GwsimState
  /** The latest steps, in order of time. */
  readonly steps: readonly ModeStep[]
  /** A connection that completed and was not seen to close. */
  readonly isOpen: boolean
  /** Latest sign of a completed connection, nanoseconds since the run's epoch; -Infinity for never. */
  readonly lastNs: number
}
