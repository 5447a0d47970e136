// What becomes of findings in the course of time: they open, grow, close and open again, and people answer them.
// Everything here is plain data that is stored as it stands. Times are Unix milliseconds: `captureMs` by the
// capture clock, `atMs` by the monitor's own, which no jump of the wall clock moves (see trusted-clock.ts).

import type { BlindInterval } from './live.ts'
import type { ReportedFinding } from './result.ts'

/** What happened to a finding: semantics 3.5. */
export type FindingPhase = 'open' | 'update' | 'close' | 'reopen'

/** Who has seen it, said so, and of what they knew then. */
export interface Acknowledgement {
  readonly author: string
  readonly comment: string
  readonly atMs: number
  /** It speaks again when there are ten times as many, or it is more severe. */
  readonly members: number
  readonly severity: ReportedFinding['severity']
}

/** A finding as it stands: the latest is enough, since each holds everything that is known. */
export interface StoredFinding {
  /** Counts are of all runs together. */
  readonly finding: ReportedFinding
  readonly state: 'open' | 'closed'
  /** When it first opened, when it last did, and when it closed last; by the capture clock. */
  readonly firstOpenedMs: number
  readonly openedMs: number
  readonly closedMs: number | null
  readonly lastMs: number
  /** How often it has opened. */
  readonly episodes: number
  /** Id of the storm that it is part of. */
  readonly storm: string | null
  readonly acknowledgement: Acknowledgement | null
  /** Somebody was to be woken, and was not: by a suppression, by maintenance, or while its sensor was blind. */
  readonly isPageOwed?: boolean
  /** Members by run, so that a run that is repeated replaces what it counted. */
  readonly counted: Readonly<Record<string, Counted>>
}

export interface Counted {
  readonly members: number
  readonly packets: number
  readonly bytes: number
  /** Told before the flow had ended: where the rules of the run change before that, it counts anew. */
  readonly isEarly?: true
}

/** Why nobody is woken though a finding would have it. */
export interface Held {
  readonly by: 'acknowledged' | 'suppressed' | 'maintenance' | 'storm' | 'blind'
  /** Id of the suppression, the maintenance window or the storm; null for the others. */
  readonly id: string | null
}

/** One line of a finding's history. */
export interface FindingEvent {
  readonly kind: 'finding'
  readonly phase: FindingPhase
  readonly captureMs: number
  readonly atMs: number
  readonly stored: StoredFinding
  /**
   * It should wake somebody: it opened, became more severe, came back after more than a day, outgrew what was
   * acknowledged, or is still there when what held its page is over.
   */
  readonly isPage: boolean
  /** Set where it should, and does not. */
  readonly held: Held | null
  /**
   * Tells the points of events of one millisecond apart: set by audits, which say the same in every store. Where it is
   * missing the entry's number in the journal does.
   */
  readonly place?: number
}

/** What a finding must have to be meant: each member that is given must fit. Exact words, never patterns. */
export interface Scope {
  readonly ids?: readonly string[]
  readonly rows?: readonly string[]
  readonly verdicts?: readonly string[]
  readonly reasons?: readonly string[]
  readonly severities?: readonly string[]
  /** Names of nodes, or `role@zone`, at either end. */
  readonly nodes?: readonly string[]
  readonly sources?: readonly string[]
  readonly destinations?: readonly string[]
}

/** Nobody is woken by what fits, though it is counted and stored. */
export interface Suppression {
  readonly id: string
  readonly scope: Scope
  /** At least ten characters. */
  readonly reason: string
  readonly author: string
  readonly fromMs: number
  /** At most 90 days later, by the monitor's own clock. */
  readonly untilMs: number
}

/** Work that was announced: pages are held, findings are not, and the timeline shows it. */
export interface Maintenance {
  readonly id: string
  readonly scope: Scope
  readonly reason: string
  readonly author: string
  readonly fromMs: number
  readonly untilMs: number
}

/** What a person did. */
export type Act =
  | {
      readonly kind: 'acknowledge'
      readonly id: string
      readonly atMs: number
      readonly author: string
      readonly comment: string
    }
  | {
      readonly kind: 'unacknowledge'
      readonly id: string
      readonly atMs: number
      readonly author: string
      readonly comment: string
    }
  | { readonly kind: 'suppress'; readonly atMs: number; readonly suppression: Suppression }
  | { readonly kind: 'maintain'; readonly atMs: number; readonly maintenance: Maintenance }
  /** Ends a suppression or a maintenance window before its time. */
  | { readonly kind: 'end'; readonly id: string; readonly atMs: number; readonly author: string }

/** What happened to the monitor itself. */
export type Incident =
  | { readonly kind: 'started'; readonly atMs: number; readonly run: RunInfo }
  | {
      readonly kind: 'stopped'
      readonly atMs: number
      readonly run: string
      readonly captureMs: number | null
    }
  | {
      readonly kind: 'rules_loaded'
      readonly atMs: number
      readonly policyHash: string
      readonly siteHash: string
    }
  | { readonly kind: 'rules_refused'; readonly atMs: number; readonly problems: readonly string[] }
  | { readonly kind: 'clock_jump'; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'blind'; readonly atMs: number; readonly interval: BlindInterval }
  /** Something that is fed from here fails, or works again: an InfluxDB, a route of alerts. */
  | {
      readonly kind: 'output'
      readonly atMs: number
      readonly output: string
      readonly state: 'degraded' | 'recovered'
      /** What fails, and what would help; nothing in it comes from packets. */
      readonly reason: string
    }
  | Notified
  /** Something was lost for good: what, and how much of it. */
  | {
      readonly kind: 'lost'
      readonly atMs: number
      readonly what: string
      readonly count: number
      readonly why: string
    }

/**
 * What a route of alerts has done. Kept so that nobody is told twice after a restart: what a route has told is known
 * from these entries alone, and its cursor in the store is no more than a hint.
 */
export interface Notified {
  readonly kind: 'notified'
  readonly atMs: number
  readonly route: string
  /** Of the notice, counted for each route from 1; where none was sent, of the latest one. */
  readonly seq: number
  /**
   * `begun`: the route is new. `trying`: this is being delivered, so that a try after a restart says the same again.
   * `withdrawn`: when it could be delivered nobody had to hear of it any more. `held`: it is told when nothing holds it.
   */
  readonly outcome: 'begun' | 'trying' | 'delivered' | 'dead_letter' | 'withdrawn' | 'held'
  readonly notice: 'findings' | 'resolved' | 'blind' | 'output' | 'digest' | 'none'
  /** What is told as one; empty for what is no finding. */
  readonly group: string
  /**
   * Ids of findings with their severity as it was told, and whether it was told that they are over; of blind intervals and
   * outputs their names.
   */
  readonly told: readonly {
    readonly id: string
    readonly severity: string
    readonly isOver?: boolean
  }[]
  /** Numbers of the journal's entries that it answers. */
  readonly entries: readonly number[]
  /** All entries up to this number are answered, or need no answer. */
  readonly upTo: number
}

/** A run of the monitor, or an audit. */
export interface RunInfo {
  readonly id: string
  readonly kind: 'watch' | 'audit'
  readonly version: string
  readonly site: string
  readonly policyHash: string
  readonly siteHash: string
  /** SHA-256 of the captures of an audit, in order. */
  readonly captures: readonly string[]
}

/** Everything that must never be lost, in the order in which it happened. */
export type Entry = FindingEvent | Act | Incident
