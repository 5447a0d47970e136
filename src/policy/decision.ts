// Steps 7 and 8 of the order of decision (semantics 3.3): from what the rows say and what happened
// to the verdict. What the rows do not allow is decided in not-allowed.ts.

import type { FlowRecord } from '../model/flow.ts'
import type { Zone } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import type { Advisory, Confidence, Outcome, Verdict } from '../model/verdict.ts'
import { decideNotAllowed } from './not-allowed.ts'
import type { Oriented } from './orientation.ts'
import { undetermined, VERDICT, weaker } from './verdicts.ts'

/**
 * The verdict on a flow in scope, before exceptions. `sees` are the zones that the sensor mirrors.
 */
export function decide(
  oriented: Oriented,
  outcome: Outcome,
  sees: readonly Zone[] | null,
): Verdict {
  const { flow, ground, ruling } = oriented
  if (isStray(flow, outcome)) return undetermined(ruling, 'one_way', outcome)
  if (ruling.kind === 'not_allowed')
    return decideNotAllowed(oriented, outcome, directionConfidence(oriented), sees)
  if (outcome.state === 'pending') return undetermined(ruling, 'pending', outcome)
  if (ground === 'unclear') return undetermined(ruling, 'weak_direction', outcome)
  return decideAllowed(oriented, outcome)
}

/**
 * TCP segments one way that belong to no handshake and acknowledge nothing new: backscatter, for
 * one.
 */
const isStray = ({ tcp }: FlowRecord, { state }: Outcome): boolean =>
  tcp !== null && state === 'one_way'

/**
 * How sure the direction makes a verdict. Where it is allowed either way, only the row is in doubt.
 */
function directionConfidence({ flow, ground }: Oriented): Confidence {
  if (ground === 'one_row' || ground === 'unclear') return 'possible'
  return ground === 'proven' && flow.basis !== 'reserved_port' ? 'confirmed' : 'probable'
}

function decideAllowed(oriented: Oriented, outcome: Outcome): Verdict {
  const { ground, ruling } = oriented
  const confidence = weaker(directionConfidence(oriented), outcome.confidence)
  const { state } = outcome
  const isGuess = ground === 'one_row'
  const isStopped = state === 'blocked' || state === 'refused'
  if (state === 'unanswered' || (isGuess && isStopped)) return undetermined(ruling, state, outcome)
  const verdict: Verdict = {
    ...VERDICT,
    ...{ row: ruling.row, rows: ruling.rows.map(({ id }) => id), outcome, confidence },
    why: isGuess ? [ONE_ROW] : [],
  }
  if (state === 'blocked') return misdropped(verdict, oriented)
  return {
    ...verdict,
    kind: isPermitted(oriented, outcome) ? 'permitted' : 'permitted_unverified',
    advisories: advisoriesOf(oriented),
    serviceDown: state === 'refused',
  }
}

const ONE_ROW = 'The direction is inferred from the one port that is a row of its own end.'

/**
 * Whom the class lets in must get through (A-10, T-02, T-05), though the row does not name the
 * source.
 */
function misdropped(verdict: Verdict, { ruling }: Oriented): Verdict {
  if (ruling.kind === 'allowed') return { ...verdict, kind: 'misdropped' }
  const confidence = weaker('probable', verdict.confidence)
  return { ...verdict, kind: 'misdropped', confidence, why: [NOT_NAMED] }
}

const NOT_NAMED = 'The row does not name this source, but its exposure lets it in.'

/** Nothing is left to be verified: the host itself refused, or the protocol has no signature. */
function isPermitted({ ground, ruling }: Oriented, { state }: Outcome): boolean {
  if (ruling.kind === 'unexpected' || ground === 'one_row') return false
  if (state === 'refused') return true
  return state === 'answered' && ruling.rows.every(isWithoutSignature)
}

/** Opaque protocols and echo have no signature to wait for. */
const isWithoutSignature = ({ app }: Row): boolean =>
  app.expect.length === 0 || app.expect.includes('opaque')

function advisoriesOf({ ruling, flow, client, server }: Oriented): readonly Advisory[] {
  const [row] = ruling.rows
  const advisories: Advisory[] = []
  // Users and proxies at WebEx are no unexpected source: the section limits no port.
  if (ruling.kind === 'unexpected' && row?.kind !== 'webex') advisories.push('unexpected_source')
  if (row?.advisory === `${flow.transport}:transport_unusual`) advisories.push('transport_unusual')
  const isShared = client.labels.has('app-vip') || server.labels.has('app-vip')
  if (row?.advisory === 'shared_address' && isShared) advisories.push('shared_address')
  return advisories
}
