// What no row allows: did it get through, was it stopped, and does that prove a control? Steps 7
// and 8 of the order of decision (semantics 3.3).

import type { Zone } from '../model/inventory.ts'
import type { Confidence, Outcome, Verdict } from '../model/verdict.ts'
import type { Oriented } from './orientation.ts'
import { VERDICT } from './verdicts.ts'

/** The verdict on a flow that no row allows, whose attempt is over. */
export function decideNotAllowed(
  oriented: Oriented,
  outcome: Outcome,
  confidence: Confidence,
  sees: readonly Zone[] | null,
): Verdict {
  const { ground, ruling, flow } = oriented
  const { reason, row, bound } = ruling
  const why = ground === 'neither' ? [`${NEITHER} (${flow.basis}).`] : []
  const verdict = { ...VERDICT, reason, row, bound, outcome, confidence, why }
  const { state, signature } = outcome
  const isSilent = state === 'unanswered' || signature === 'BS2'
  // Host and firewall may both close 5003, and silence will do.
  const isMode = reason === 'forbidden_by_mode'
  if (isSilent && !isMode) return bySilence(verdict, oriented, sees)
  if (isSilent || state === 'blocked') return { ...verdict, kind: 'rejected' }
  if (state !== 'refused') return { ...verdict, kind: 'escaped' }
  return { ...verdict, kind: 'rejected', advisories: isMode ? [] : ['not_filtered'] }
}

const NEITHER = 'No row allows it either way, and its direction is a guess'

/**
 * Nothing came back. In the server's own zone the attempt has passed the filter before it;
 * elsewhere a filter may have stopped it, which only a sign that the answer would have been seen
 * can prove.
 */
function bySilence(verdict: Verdict, oriented: Oriented, sees: readonly Zone[] | null): Verdict {
  const unproven = (why: string): Verdict => {
    return { ...verdict, kind: 'rejected', confidence: 'possible', why: [why] }
  }
  if (sees === null) return unproven(NO_VANTAGE)
  const { client, server } = oriented
  if (client.zone !== server.zone && server.basis !== 'nat' && sees.includes(server.zone)) {
    if (sees.includes(client.zone)) return unproven(BOTH_ZONES)
    const outcome: Outcome = { ...verdict.outcome, state: 'unanswered' }
    return { ...verdict, kind: 'escaped', outcome, why: [PASSED] }
  }
  const isProven = verdict.outcome.signature === 'BS2'
  return isProven ? { ...verdict, kind: 'rejected' } : unproven(NOT_PROVEN)
}

const NO_VANTAGE = 'Where the sensor stands is not declared, so silence proves no control.'
const BOTH_ZONES =
  'The sensor mirrors both zones: on which side of the filter this was seen is not known.'
const PASSED = 'Seen in the zone of the server itself, so the filter before it let it through.'
const NOT_PROVEN =
  'Nothing shows that an answer would have been seen here, so no control is proven.'
