// Steps 7 and 8 of the order of decision (semantics 3.3): from what the rows say and what happened
// to the verdict. What the rows do not allow is decided in not-allowed.ts.

import type { FlowRecord } from '../model/flow.ts'
import type { Zone } from '../model/inventory.ts'
import type { Advisory, Confidence, Outcome, Verdict } from '../model/verdict.ts'
import { type Carried, carriedOn, expectedOn, type IsAnnounced } from './carried.ts'
import { decideNotAllowed } from './not-allowed.ts'
import type { Oriented } from './orientation.ts'
import { undetermined, VERDICT, weaker } from './verdicts.ts'

/**
 * The verdict on a flow in scope, before exceptions. `sees` are the zones that the sensor mirrors,
 * `isAnnounced` knows the media that SDP announced.
 */
export function decide(
  oriented: Oriented,
  outcome: Outcome,
  sees: readonly Zone[] | null,
  isAnnounced: IsAnnounced,
): Verdict {
  const { flow, ground, ruling } = oriented
  if (isStray(flow, outcome)) return undetermined(ruling, 'one_way', outcome)
  if (ruling.kind === 'not_allowed')
    return decideNotAllowed(oriented, outcome, directionConfidence(oriented), sees)
  if (outcome.state === 'pending') return undetermined(ruling, 'pending', outcome)
  if (ground === 'unclear') return undetermined(ruling, 'weak_direction', outcome)
  return decideAllowed(oriented, outcome, isAnnounced)
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

function decideAllowed(oriented: Oriented, outcome: Outcome, isAnnounced: IsAnnounced): Verdict {
  const { ground, ruling, flow } = oriented
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
  const carried = carriedOn(ruling.rows, flow, isAnnounced)
  if (carried.kind === 'wrong') return wrongProtocol(verdict, oriented)
  return {
    ...verdict,
    row: carried.row?.id ?? verdict.row,
    kind: isPermitted(oriented, outcome, carried) ? 'permitted' : 'permitted_unverified',
    verified: carried.kind,
    advisories: [...advisoriesOf(oriented), ...carried.advisories],
    serviceDown: state === 'refused',
  }
}

/** Both sides speak it, so it is no accident of one packet. */
function wrongProtocol(verdict: Verdict, { flow, ruling }: Oriented): Verdict {
  const words = ruling.rows.flatMap(row => expectedOn(row, flow))
  const expected = [...new Set(words)].join(' or ')
  const why = [
    ...verdict.why,
    `Both sides speak ${flow.app.protocol}; the row expects ${expected}.`,
  ]
  return { ...verdict, kind: 'escaped', reason: 'wrong_protocol', why }
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

/** Nothing is left to be verified: by what it carries, or since the host itself refused. */
function isPermitted(
  { ground, ruling, flow }: Oriented,
  { state }: Outcome,
  { kind, isFree }: Carried,
): boolean {
  if (ruling.kind === 'unexpected' || ground === 'one_row') return false
  if (state === 'refused') return true
  const isVerified = isFree || kind === 'signature'
  return isVerified && (state === 'answered' || isMedia(flow))
}

/** Voice and pictures go one way by nature. */
const isMedia = ({ app }: FlowRecord): boolean => app.protocol === 'rtp' || app.protocol === 'rtcp'

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
