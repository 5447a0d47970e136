// What no row allows: did it get through, was it stopped, and does that prove a control? Steps 7
// and 8 of the order of decision (semantics 3.3).

import type { Zone } from '../model/inventory.ts'
import type { Confidence, Outcome, Verdict } from '../model/verdict.ts'
import type { Oriented } from './orientation.ts'
import { undetermined, VERDICT, weaker } from './verdicts.ts'

/** The verdict on a flow that no row allows; `direction` is how sure its direction is. */
export function decideNotAllowed(
  oriented: Oriented,
  outcome: Outcome,
  direction: Confidence,
  sees: readonly Zone[] | null,
): Verdict {
  const { ground, ruling, flow } = oriented
  const { reason, row, bound } = ruling
  const { state, signature } = outcome
  const why = ground === 'neither' ? [`${NEITHER} (${flow.basis}).`] : []
  const attempt: Verdict = { ...VERDICT, reason, row, bound, outcome, confidence: direction, why }
  // There is no mechanism for it at all, so that the attempt itself breaks the rule (step 6, S-10).
  if (reason === 'wrong_direction') return { ...attempt, kind: 'escaped' }
  if (state === 'pending') return undetermined(ruling, 'pending', outcome)
  const verdict = { ...attempt, confidence: weaker(direction, outcome.confidence) }
  const isSilent = state === 'unanswered' || signature === 'BS2'
  // Host and firewall may both close 5003, and silence will do.
  const isMode = reason === 'forbidden_by_mode'
  if (isSilent && !isMode)
    return hasPassed(oriented, sees) ? passed(attempt) : kept(verdict, oriented, sees)
  if (isSilent || state === 'blocked') return { ...verdict, kind: 'rejected' }
  if (state !== 'refused') return { ...verdict, kind: 'escaped' }
  return { ...verdict, kind: 'rejected', advisories: isMode ? [] : ['not_filtered'] }
}

const NEITHER = 'No row allows it either way, and its direction is a guess'

/**
 * Whether the attempt was seen behind the filter: in the zone of its target alone, from another.
 */
function hasPassed({ client, server }: Oriented, sees: readonly Zone[] | null): boolean {
  if (sees === null || server.basis === 'nat') return false
  return sees.includes(server.zone) && !sees.includes(client.zone)
}

/**
 * That it got there rests on the declared place of the sensor; whether it was served is what its
 * state leaves open.
 */
const passed = (attempt: Verdict): Verdict => ({
  ...attempt,
  ...{ kind: 'escaped', confidence: weaker('probable', attempt.confidence) },
  outcome: { ...attempt.outcome, state: 'unanswered' },
  why: [PASSED],
})

/**
 * A filter may have kept it back, which only a sign that an answer would have been seen can prove.
 */
function kept(
  verdict: Verdict,
  { client, server }: Oriented,
  sees: readonly Zone[] | null,
): Verdict {
  const unproven = (why: string): Verdict => {
    return { ...verdict, kind: 'rejected', confidence: 'possible', why: [why] }
  }
  if (sees === null) return unproven(NO_VANTAGE)
  const isBetween = client.zone !== server.zone
  if (isBetween && sees.includes(client.zone) && sees.includes(server.zone))
    return unproven(BOTH_ZONES)
  const isProven = verdict.outcome.signature === 'BS2'
  return isProven ? { ...verdict, kind: 'rejected' } : unproven(NOT_PROVEN)
}

const NO_VANTAGE = 'Where the sensor stands is not declared, so silence proves no control.'
const BOTH_ZONES =
  'The sensor mirrors both zones: on which side of the filter this was seen is not known.'
const PASSED = 'Seen in the zone of the server itself, so the filter before it let it through.'
const NOT_PROVEN =
  'Nothing shows that an answer would have been seen here, so no control is proven.'
