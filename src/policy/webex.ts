// WebEx itself, by name and by address (W-01 to W-16, A-03): step 5 of the order of decision,
// second half. Both say so: permitted. The range alone: not verified. The name alone: permitted
// where a content network serves it, else off range. Whoever hinders what is allowed has misdropped
// it.

import type { FlowRecord } from '../model/flow.ts'
import type { Advisory, Verdict } from '../model/verdict.ts'
import { type Errands, isProxyOf, type Named } from './errand.ts'
import { brokenOff, filtered, type Hindrance, hindered, intercepted } from './hindrance.ts'
import type { Denial } from './names.ts'
import type { Oriented } from './orientation.ts'
import { isAllowed, VERDICT, weaker } from './verdicts.ts'

/** The verdict of the rows on a flow to WebEx, with what its names and its payload add. */
export function decideDirect(
  verdict: Verdict,
  oriented: Oriented,
  named: Named | null,
  errands: Errands,
): Verdict {
  const row = oriented.server.webexRange === null ? errands.statementOf(named?.name ?? null) : null
  const told = named === null ? verdict : cited(verdict, row, named, errands)
  if (!isAllowed(told)) return told
  const hindrance = hindranceOf(oriented.flow, named, errands)
  if (hindrance !== null)
    return hindered(told, hindrance, statementOf(hindrance, named?.name ?? null, errands))
  const remarks = remarksOn(oriented, named, errands)
  const remarked = { ...told, advisories: [...told.advisories, ...remarks] }
  return byEvidence(remarked, row, named, errands)
}

/** Only these rest on a row or a name; what no row allows stays as it is. */
function cited(verdict: Verdict, row: string | null, named: Named, errands: Errands): Verdict {
  if (verdict.kind === 'escaped' || verdict.kind === 'rejected') return verdict
  const statement = errands.statementOf(named.name)
  const rows = [...new Set([...verdict.rows, statement])]
  const why = [...verdict.why, `Named ${named.name} by ${SOURCES[named.by]}.`]
  return { ...verdict, row: row ?? verdict.row, rows, why }
}

const SOURCES: Readonly<Record<Named['by'], string>> = {
  sni: 'the TLS server name',
  host: 'the HTTP host',
  dns: 'a DNS answer',
}

function hindranceOf(flow: FlowRecord, named: Named | null, errands: Errands): Hindrance | null {
  const { interceptionIssuers } = errands.book.policy.webex
  const isSaid = named !== null && named.by !== 'dns'
  const looked = intercepted(flow, interceptionIssuers) ?? (isSaid ? brokenOff(flow) : null)
  return looked ?? filtered(flow.app.facts.requests)
}

export const statementOf = (
  { reason }: Hindrance,
  name: string | null,
  errands: Errands,
): string => (reason === 'content_filtered' ? 'W-04' : errands.statementOf(name))

/** Name and address against each other. What was not answered has nothing to be verified. */
function byEvidence(
  verdict: Verdict,
  row: string | null,
  named: Named | null,
  errands: Errands,
): Verdict {
  if (verdict.outcome.state !== 'answered') return verdict
  if (named === null)
    return { ...verdict, kind: 'permitted_unverified', why: [...verdict.why, NAMELESS] }
  const verified = named.by === 'dns' ? verdict : { ...verdict, ...SHOWN }
  if (row === null) return verified
  if (errands.isCdn(named.name)) return { ...verified, why: [...verified.why, CDN] }
  const confidence = named.by === 'dns' ? 'probable' : 'confirmed'
  return {
    ...verdict,
    ...{ kind: 'escaped', reason: 'off_range', row: 'W-08', rows: [] },
    confidence: weaker(confidence, verdict.confidence),
    why: [...verdict.why, OFF_RANGE],
  }
}

/** A name that was said in TLS or HTTP shows the protocol with it. */
const SHOWN = { kind: 'permitted', verified: 'signature' } as const
const NAMELESS = 'The address is in a range of WebEx, and no name of the domain was seen.'
const CDN = 'A content network serves this name, from addresses in no range.'
const OFF_RANGE = 'The address is in no range of WebEx, and no content network is declared for it.'

function remarksOn(
  { flow, client }: Oriented,
  named: Named | null,
  errands: Errands,
): readonly Advisory[] {
  const { requests } = flow.app.facts
  // A content network keeps copies by nature.
  const isKept = !errands.isCdn(named?.name ?? null) && requests.some(({ isCached }) => isCached)
  const isStale = isProxyOf(client) && hasNameLeft(flow, named, errands)
  return [
    ...(isKept ? (['cached'] as const) : []),
    ...(isStale ? (['stale_ip_path'] as const) : []),
  ]
}

/** Connections that began here, to an address that the name has left by then (W-07). */
function hasNameLeft(
  { tcp, server, firstNs, resumed }: FlowRecord,
  named: Named | null,
  { names }: Errands,
): boolean {
  if (resumed || (tcp?.syn ?? null) === null) return false
  const name = named?.name ?? names.lastNameOf(server.address, firstNs)
  return name !== null && names.hasLeft(server.address, name, firstNs)
}

/**
 * A name server denied a name of WebEx; of MeetingPlace servers, one that they may ask at all
 * (O-05).
 */
export function decideLookup(
  verdict: Verdict,
  { client }: Oriented,
  { name, how }: Denial,
  errands: Errands,
): Verdict {
  if (client.isMeetingPlace && !isAllowed(verdict)) return verdict
  const row = errands.statementOf(name)
  const base: Verdict = {
    ...VERDICT,
    ...{ outcome: verdict.outcome, confidence: verdict.confidence },
    ...{ rows: verdict.rows, verified: 'signature' },
  }
  const isSure = how === 'sinkhole' || (how === 'no_such_name' && errands.isLeast(name))
  const confidence = isSure ? 'confirmed' : 'probable'
  const why = `${DENIALS[how]} ${name}.`
  return hindered(base, { reason: 'dns_blocked', confidence, why, target: name }, row)
}

const DENIALS: Readonly<Record<Denial['how'], string>> = {
  no_such_name: 'The name server said that there is no such name as',
  refused: 'The name server refused to answer for',
  sinkhole: 'The name server gave an address that is nowhere on the Internet for',
}
