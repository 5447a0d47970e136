// Flow record -> verdict, in the order of decision of semantics 3.3. Pure: the same record, rules and
// evidence give the same verdict. A verdict that turns on direction never rests on a guess.

import { type FlowRecord, isStrongBasis } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import { isoNanos } from '../model/time.ts'
import type { Advisory, Confidence, JudgedFlow, Outcome, Verdict } from '../model/verdict.ts'
import type { Evidence } from './evidence.ts'
import { exceptionFor } from './exceptions.ts'
import { type Inventory, nameOf } from './inventory.ts'
import { outcomeOf } from './outcome.ts'
import { type Rulebook, type Service, serviceOf } from './rulebook.ts'
import { type Ruling, rule } from './ruling.ts'
import { outOfScope } from './scope.ts'

/** What is known when a record is closed. */
export interface Moment {
  /** Capture time, nanoseconds since the run's epoch. */
  readonly nowNs: number
  /** Unix time in whole seconds from which that counts. */
  readonly epochSeconds: number
}

const RULINGS_MAX = 65_536

export class Judge {
  readonly #inventory: Inventory
  readonly #book: Rulebook
  readonly #evidence: Evidence
  readonly #rulings = new Map<string, Ruling>()

  constructor(inventory: Inventory, book: Rulebook, evidence: Evidence) {
    this.#inventory = inventory
    this.#book = book
    this.#evidence = evidence
  }

  judge(flow: FlowRecord, moment: Moment): JudgedFlow {
    const client = this.#inventory.place(flow.client.address)
    const server = this.#inventory.place(flow.server.address)
    return { flow, client, server, verdict: this.#verdict(flow, client, server, moment) }
  }

  #verdict(flow: FlowRecord, client: Placement, server: Placement, moment: Moment): Verdict {
    const outside = outOfScope(flow, client, server, this.#inventory)
    if (outside !== null) return { ...NOTHING, kind: 'out_of_scope', reason: outside }
    const service = serviceOf(flow)
    const outcome = outcomeOf(flow, client, server, this.#evidence, moment.nowNs)
    const verdict = isStrongBasis(flow.basis)
      ? this.#decide(this.#rule(client, server, service), outcome, flow, client, server)
      : this.#decideWeakly(flow, client, server, service, outcome)
    const cited = this.#cite(verdict, client, server, service)
    return this.#except(cited, flow, client, server, moment)
  }

  /** Rulings depend on names and services alone, and few of those recur over and over. */
  #rule(client: Placement, server: Placement, service: Service): Ruling {
    const key = `${nameOf(client)}|${nameOf(server)}|${service.transport}/${service.port}`
    const known = this.#rulings.get(key)
    if (known !== undefined) return known
    if (this.#rulings.size >= RULINGS_MAX) this.#rulings.clear()
    const ruling = rule(this.#book, client, server, service)
    this.#rulings.set(key, ruling)
    return ruling
  }

  /** Step 3: the direction is a hint at best, so both orientations are tried. */
  #decideWeakly(
    flow: FlowRecord,
    client: Placement,
    server: Placement,
    service: Service,
    outcome: Outcome,
  ): Verdict {
    const here = this.#rule(client, server, service)
    const back = this.#rule(server, client, { ...service, port: flow.client.port })
    const isMedia = (ruling: Ruling) => ruling.kind === 'allowed' && ruling.rows.some(isMediaRow)
    if ((here.kind === 'allowed' && back.kind === 'allowed') || isMedia(here))
      return this.#decide(here, outcome, flow, client, server)
    if (isMedia(back)) return this.#decide(back, outcome, flow, server, client)
    const [ruling, other] = here.kind === 'not_allowed' ? [back, here] : [here, back]
    if (ruling.kind === 'not_allowed') return this.#unjustified(here, back, outcome, flow)
    const isOnlyRow = other.row === 'unlisted' || other.kind !== 'not_allowed'
    return isOnlyRow ? weakly(ruling, outcome) : unknown(ruling.row, 'weak_direction', outcome)
  }

  /** Allowed neither way: escaped, for the reason of the end that has a row, and never for direction. */
  #unjustified(here: Ruling, back: Ruling, outcome: Outcome, flow: FlowRecord): Verdict {
    const exposed = [here, back].find(({ reason }) => reason === 'over_exposed')
    const ruling = exposed ?? { ...here, reason: 'unlisted' as const, row: 'unlisted' }
    const { state } = outcome
    if (state === 'pending' || state === 'unanswered' || isStray(flow, outcome))
      return unknown(ruling.row, state, outcome)
    const isStopped = state === 'blocked' || state === 'refused'
    return {
      ...NOTHING,
      kind: isStopped ? 'rejected' : 'escaped',
      reason: ruling.reason,
      row: ruling.row,
      bound: exposed === undefined ? (here.bound ?? back.bound ?? 'inbound') : null,
      outcome,
      confidence: weaker('probable', outcome.confidence),
      advisories: state === 'refused' ? ['not_filtered'] : [],
      why: [`The direction is a guess (${flow.basis}), and no row allows it either way.`],
    }
  }

  /** Steps 7 and 8: what happened, and what that proves from where this sensor stands. */
  #decide(
    ruling: Ruling,
    outcome: Outcome,
    flow: FlowRecord,
    client: Placement,
    server: Placement,
  ): Verdict {
    const sure = weaker(confidenceOf(flow), outcome.confidence)
    if (outcome.state === 'pending' || isStray(flow, outcome))
      return unknown(ruling.row, outcome.state, outcome)
    if (ruling.kind === 'not_allowed')
      return this.#notAllowed(ruling, outcome, sure, client, server)
    return allowed(ruling, outcome, sure, flow, client, server)
  }

  #notAllowed(
    ruling: Ruling,
    outcome: Outcome,
    confidence: Confidence,
    client: Placement,
    server: Placement,
  ): Verdict {
    const { reason, row, bound } = ruling
    const base = { ...NOTHING, reason, row, bound, outcome, confidence }
    // There is no reverse mechanism at all, so the attempt itself is the violation (step 6, S-10).
    if (reason === 'wrong_direction') return { ...base, kind: 'escaped' }
    const isMode = reason === 'forbidden_by_mode'
    const isSilent = outcome.signature === 'BS2' || outcome.state === 'unanswered'
    if (outcome.state === 'refused')
      return { ...base, kind: 'rejected', advisories: isMode ? [] : ['not_filtered'] }
    if (isSilent && !isMode) return this.#silent(base, client, server)
    if (outcome.state === 'blocked' || isSilent) return { ...base, kind: 'rejected' }
    return { ...base, kind: 'escaped' }
  }

  /** Step 8: silence in the server's own zone has passed the filter before it, elsewhere it may be one. */
  #silent(base: Verdict, client: Placement, server: Placement): Verdict {
    const { sees } = this.#book.conditions
    const { outcome } = base
    if (sees === null)
      return { ...base, kind: 'rejected', confidence: 'possible', why: [NO_VANTAGE] }
    if (sees.includes(server.zone) && client.zone !== server.zone)
      return {
        ...base,
        kind: 'escaped',
        outcome: { ...outcome, state: 'unanswered' },
        why: [PASSED],
      }
    if (outcome.state === 'blocked') return { ...base, kind: 'rejected' }
    return { ...base, kind: 'rejected', confidence: 'possible' }
  }

  /** Adds what belongs to the flow and not to the ruling: the WebEx range, and the practice that names it. */
  #cite(verdict: Verdict, client: Placement, server: Placement, service: Service): Verdict {
    const range = server.webexRange ?? client.webexRange
    const rows = range === null ? verdict.rows : [...verdict.rows, range]
    const isUnlisted = verdict.reason === 'unlisted'
    const practice = isUnlisted ? this.#book.practiceFor(client, server, service) : null
    return { ...verdict, rows, practice }
  }

  /** Step 9: an exception holds on the day of the flow's first packet. */
  #except(
    verdict: Verdict,
    flow: FlowRecord,
    client: Placement,
    server: Placement,
    { epochSeconds }: Moment,
  ): Verdict {
    const { kind, reason, row } = verdict
    const { exceptions } = this.#book.policy
    if (exceptions.length === 0 || row === null || (kind !== 'escaped' && kind !== 'misdropped'))
      return verdict
    const day = isoNanos(epochSeconds, flow.firstNs).slice(0, 10)
    const exception = exceptionFor(exceptions, row, client, server, serviceOf(flow), day)
    if (exception === undefined) return verdict
    return { ...verdict, kind: 'excepted', excepted: { id: exception.id, kind, reason } }
  }
}

const NO_VANTAGE = 'Where the sensor stands is not declared, so silence proves no control.'
const PASSED = 'Seen in the zone of the server itself, so the filter before it let it through.'

const NO_OUTCOME: Outcome = { state: 'answered', signature: null, confidence: 'confirmed', why: [] }

const NOTHING: Verdict = {
  kind: 'undetermined',
  reason: null,
  row: null,
  rows: [],
  confidence: 'confirmed',
  outcome: NO_OUTCOME,
  advisories: [],
  serviceDown: false,
  verified: 'none',
  bound: null,
  practice: null,
  excepted: null,
  why: [],
}

function allowed(
  ruling: Ruling,
  outcome: Outcome,
  confidence: Confidence,
  flow: FlowRecord,
  client: Placement,
  server: Placement,
): Verdict {
  const { row, rows } = ruling
  const isUnexpected = ruling.kind === 'unexpected'
  const base = { ...NOTHING, row, rows: rows.map(({ id }) => id), outcome, confidence }
  if (outcome.state === 'unanswered') return unknown(row, 'unanswered', outcome, base.rows)
  if (outcome.state === 'blocked')
    return isUnexpected
      ? unknown(row, 'unexpected_source_blocked', outcome, base.rows)
      : { ...base, kind: 'misdropped' }
  const advisories = advisoriesOf(ruling, flow, client, server)
  const isVerified = !isUnexpected && outcome.state !== 'one_way' && rows.every(isWithoutSignature)
  const serviceDown = outcome.state === 'refused'
  const kind = isVerified || (serviceDown && !isUnexpected) ? 'permitted' : 'permitted_unverified'
  return { ...base, kind, advisories, serviceDown }
}

/** Opaque protocols and echo have no signature to wait for. */
const isWithoutSignature = ({ app }: Row): boolean =>
  app.expect.length === 0 || app.expect.includes('opaque')

const isMediaRow = ({ app }: Row): boolean =>
  app.expect.includes('rtp') || app.expect.includes('rtcp')

/** Users and proxies at WebEx are no unexpected source: the section limits no port. */
function advisoriesOf(
  { kind, rows: [row] }: Ruling,
  { transport }: FlowRecord,
  client: Placement,
  server: Placement,
): readonly Advisory[] {
  const advisories: Advisory[] = []
  if (kind === 'unexpected' && row?.kind !== 'webex') advisories.push('unexpected_source')
  if (row?.advisory === `${transport}:transport_unusual`) advisories.push('transport_unusual')
  const isShared = [client, server].some(({ labels }) => labels.has('app-vip'))
  if (row?.advisory === 'shared_address' && isShared) advisories.push('shared_address')
  return advisories
}

/** A direction that is only a hint lets a flow pass as possible, never more. */
function weakly(ruling: Ruling, outcome: Outcome): Verdict {
  const rows = ruling.rows.map(({ id }) => id)
  if (outcome.state !== 'answered' && outcome.state !== 'one_way')
    return unknown(ruling.row, outcome.state, outcome, rows)
  return {
    ...NOTHING,
    kind: 'permitted_unverified',
    row: ruling.row,
    rows,
    outcome,
    confidence: 'possible',
    advisories: ruling.kind === 'unexpected' ? ['unexpected_source'] : [],
    why: ['The direction is inferred from the one port that is a row of its own end.'],
  }
}

function unknown(
  row: string,
  reason: string,
  outcome: Outcome,
  rows: readonly string[] = [],
): Verdict {
  const why = [OPEN_REASONS[reason] ?? reason]
  return { ...NOTHING, reason, row, rows, outcome, confidence: 'possible', why }
}

const OPEN_REASONS: Readonly<Record<string, string>> = {
  pending: 'the capture ended before the hold time of 30 s was over.',
  unanswered: 'nothing answered, and nothing shows that an answer would have been seen here.',
  blocked: 'it was stopped, but who was the client is not known.',
  refused: 'it was refused, but who was the client is not known.',
  one_way: 'stray segments that belong to no connection seen here.',
  weak_direction: 'the handshake was not seen, and either port may be the server.',
  unexpected_source_blocked:
    'it was stopped, and the document neither names nor forbids this source.',
}

/** TCP segments one way that belong to no handshake and acknowledge nothing new: backscatter, for one. */
const isStray = ({ tcp }: FlowRecord, { state }: Outcome): boolean =>
  tcp !== null && state === 'one_way'

const CONFIDENCES: readonly Confidence[] = ['possible', 'probable', 'confirmed']

const weaker = (a: Confidence, b: Confidence): Confidence =>
  CONFIDENCES[Math.min(CONFIDENCES.indexOf(a), CONFIDENCES.indexOf(b))] ?? 'possible'

function confidenceOf({ basis }: FlowRecord): Confidence {
  if (basis === 'reserved_port') return 'probable'
  return isStrongBasis(basis) ? 'confirmed' : 'possible'
}
