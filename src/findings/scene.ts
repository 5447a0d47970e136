// What the sentences of a finding are about: its cause, and what its members have in common.

import type { Protocol } from '../model/app.ts'
import type { Exception, Policy, Row } from '../model/policy.ts'
import type { BlockSignature, JudgedFlow, OutcomeState } from '../model/verdict.ts'
import { type Hit, isInbound, UNLISTED } from './hit.ts'
import { listsPort } from './ports.ts'
import { portWords, protocolWords } from './vocabulary.ts'

/** What is the same for every member by the nature of the cause. */
export interface Setting {
  /** The first member; verdict, reason, row and names are those of every member. */
  readonly hit: Hit
  /** The row of the rules, where the cause has one. */
  readonly rule: Row | undefined
  /** A mode decides which side may open this connection. */
  readonly byMode: boolean
  readonly exception: Exception | undefined
}

/** What the members turn out to have in common; null where they differ. */
export interface Common {
  /** `tcp/1433` */
  readonly service: string | null
  readonly signature: BlockSignature | null
  /** What was spoken. */
  readonly protocol: Protocol | null
  readonly clientAddress: string | null
  readonly serverAddress: string | null
  /** The most serious thing that happened to any member. */
  readonly state: OutcomeState
  /** Every member was stopped in a way that proves a control. */
  readonly proven: boolean
}

export interface Scene extends Setting, Common {}

/** Outcomes from the most serious on: what was served weighs more than what was only tried. */
const BY_WEIGHT: readonly OutcomeState[] = [
  ...(['answered', 'one_way', 'unanswered', 'refused', 'blocked', 'pending'] as const),
]

export const weightier = (one: OutcomeState, other: OutcomeState): OutcomeState =>
  BY_WEIGHT.indexOf(one) <= BY_WEIGHT.indexOf(other) ? one : other

/** Whether the flow is a Web Server's control connection, whose direction a mode decides. */
export function isGovernedByMode({ rows }: Policy, { flow, client, server }: JudgedFlow): boolean {
  const isBetween = (one: string, other: string): boolean =>
    client.labels.has(one) && server.labels.has(other)
  if (!isBetween('web', 'app') && !isBetween('app', 'web')) return false
  return listsPort(
    rows.filter(({ mode }) => mode !== null),
    flow,
  )
}

/**
 * Whether a refused attempt shows that a control works: a filter stopped it, on evidence that is more
 * than silence from a host perhaps down. Where a mode decides, whoever closes the port will do.
 */
export const provesControl = ({ verdict }: JudgedFlow, byMode: boolean): boolean =>
  byMode || (verdict.outcome.state === 'blocked' && verdict.confidence !== 'possible')

/** The port in words, `port 61004`; always singular, also where the members differ. */
export function door({ service, rule }: Scene): string {
  if (service !== null) return portWords(service)
  return rule === undefined ? 'more than one port' : `a port of row ${rule.id}`
}

/** What is served there, `SQL Server`, if the row names one protocol; else the port. */
export function thing(scene: Scene): string {
  const words = new Set(scene.rule?.app.expect.map(protocolWords))
  const [only] = words
  return words.size === 1 && only !== undefined ? only : door(scene)
}

export const isOutbound = ({ hit }: Scene): boolean =>
  hit.row === UNLISTED && !isInbound(hit.judged)
