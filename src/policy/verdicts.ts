// What verdicts are made of: the empty one, the open one, and confidence.

import type { Confidence, Outcome, Verdict } from '../model/verdict.ts'
import type { Ruling } from './ruling.ts'

const NO_OUTCOME: Outcome = { state: 'answered', signature: null, confidence: 'confirmed', why: [] }

/** The verdict that says nothing yet; each real one is this with its own facts. */
export const VERDICT: Verdict = {
  ...{ kind: 'undetermined', reason: null, row: null, rows: [], confidence: 'confirmed' },
  outcome: NO_OUTCOME,
  ...{ advisories: [], serviceDown: false, verified: 'none', bound: null, practice: null },
  excepted: null,
  why: [],
}

/** Whether a row allows the flow and nothing was seen to stop it. */
export const isAllowed = ({ kind }: Verdict): boolean =>
  kind === 'permitted' || kind === 'permitted_unverified'

/** Why a flow got no real verdict. */
export type OpenReason = keyof typeof OPEN_REASONS

const OPEN_REASONS = {
  pending: 'the capture ended before the hold time of 30 s was over.',
  unanswered: 'nothing answered, and nothing shows that an answer would have been seen here.',
  blocked: 'it was stopped, but who was the client is not known.',
  refused: 'it was refused, but who was the client is not known.',
  one_way: 'stray segments that belong to no connection seen here.',
  weak_direction: 'the handshake was not seen, and either port may be the server.',
} as const

/** The flow stays open. The rows that it would have been judged by are named all the same. */
export function undetermined({ row, rows }: Ruling, reason: OpenReason, outcome: Outcome): Verdict {
  const why = [OPEN_REASONS[reason]]
  const ids = rows.map(({ id }) => id)
  return { ...VERDICT, reason, row, rows: ids, outcome, confidence: 'possible', why }
}

const CONFIDENCES: readonly Confidence[] = ['possible', 'probable', 'confirmed']

/** The less certain of two. */
export const weaker = (one: Confidence, other: Confidence): Confidence =>
  CONFIDENCES.indexOf(one) <= CONFIDENCES.indexOf(other) ? one : other
