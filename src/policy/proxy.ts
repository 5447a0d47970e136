// Ways to WebEx through proxies (O-04, T-08 to T-10, A-07, A-08): step 5 of the order of decision,
// second half. People may use any declared proxy; a MeetingPlace server may use SOCKS, where that
// is configured, and for nothing but WebEx.

import type { AppRequest } from '../model/app.ts'
import type { Advisory, Verdict } from '../model/verdict.ts'
import type { Errands } from './errand.ts'
import { denied, filtered, hindered, isReached } from './hindrance.ts'
import type { Oriented } from './orientation.ts'
import { isAllowed, VERDICT, weaker } from './verdicts.ts'
import { statementOf } from './webex.ts'

/** Requests to a proxy for WebEx. */
export function decideProxied(
  verdict: Verdict,
  oriented: Oriented,
  requests: readonly AppRequest[],
  errands: Errands,
): Verdict {
  const [first] = requests
  const asked = `Asked the proxy for ${first?.target ?? 'WebEx'}.`
  if (oriented.client.isMeetingPlace) return unsupported(verdict, asked)
  const permitted: Verdict = {
    ...VERDICT,
    ...{ kind: 'permitted', row: 'W-01', verified: 'signature', why: [asked] },
    rows: [...new Set(['W-01', ...requests.map(({ target }) => errands.statementOf(target))])],
    ...{ outcome: verdict.outcome, confidence: verdict.confidence },
  }
  const hindrance = denied(requests) ?? filtered(requests)
  if (hindrance !== null)
    return hindered(permitted, hindrance, statementOf(hindrance, hindrance.target, errands))
  const kind = requests.some(isReached) ? 'permitted' : 'permitted_unverified'
  return { ...permitted, kind, advisories: remarksOn(oriented, requests, errands) }
}

function remarksOn(
  oriented: Oriented,
  requests: readonly AppRequest[],
  errands: Errands,
): readonly Advisory[] {
  const isKept = requests.some(({ isCached, target }) => isCached && !errands.isCdn(target))
  return [...(isKept ? (['cached'] as const) : []), ...drift(oriented, errands)]
}

/** TLS with an HTTP proxy, which no row allows to a MeetingPlace server: what for is hidden. */
export function decideHidden(verdict: Verdict): Verdict {
  if (verdict.kind !== 'escaped' || verdict.reason !== 'unlisted') return verdict
  return unsupported({ ...verdict, confidence: weaker('probable', verdict.confidence) }, TLS)
}

const TLS = 'TLS with an HTTP proxy: for what, nobody can see.'

/** T-10 holds whatever port was used and whatever the proxy said to it. */
const unsupported = (verdict: Verdict, why: string): Verdict => ({
  ...verdict,
  ...{ kind: 'escaped', reason: 'unsupported_proxy', row: 'T-10', rows: [], bound: null },
  ...{ advisories: [], serviceDown: false, why: [why] },
})

/** A MeetingPlace server speaks SOCKS. */
export function decideSocks(
  verdict: Verdict,
  oriented: Oriented,
  request: AppRequest | null,
  errands: Errands,
): Verdict {
  if (!oriented.server.labels.has('socks-proxy')) return unconfigured(verdict, errands)
  if (!isAllowed(verdict)) return verdict
  const advisories = [...verdict.advisories, ...drift(oriented, errands)]
  return byTarget({ ...verdict, advisories }, oriented, request, errands)
}

/** Nobody configured SOCKS, so the partial outgoing table is no excuse (T-08). */
function unconfigured(verdict: Verdict, { book }: Errands): Verdict {
  const isUnlisted = verdict.kind === 'escaped' && verdict.reason === 'unlisted'
  return isUnlisted && book.socks === null ? { ...verdict, row: 'T-08' } : verdict
}

/**
 * SOCKS on another port of the proxy than the declared one: the site file is out of date (T-09).
 */
function drift({ flow, server, service }: Oriented, { book }: Errands): readonly Advisory[] {
  const { socks } = book
  if (flow.app.protocol !== 'socks' || !server.labels.has('socks-proxy') || socks === null)
    return []
  return service.port === socks.port ? [] : ['socks_port_drift']
}

function byTarget(
  verdict: Verdict,
  { flow }: Oriented,
  request: AppRequest | null,
  errands: Errands,
): Verdict {
  // The address in a request for UDP is the client's own (RFC 1928, 7).
  if (request?.target == null || request.method === 'UDP')
    return { ...verdict, kind: 'permitted_unverified', why: [...verdict.why, TARGETLESS] }
  const why = [...verdict.why, `Asked the proxy for ${request.target}.`]
  const hindrance = denied([request])
  if (errands.isWebex(request.target, flow.firstNs)) {
    if (hindrance !== null) return hindered({ ...verdict, why }, hindrance, 'O-04')
    const statements = isReached(request) ? ['W-01', errands.statementOf(request.target)] : []
    return { ...verdict, rows: [...new Set([...verdict.rows, ...statements])], why }
  }
  const offRange: Verdict = { ...verdict, reason: 'off_range', rows: [], why }
  if (hindrance === null) return { ...offRange, kind: 'escaped' }
  const outcome = { ...verdict.outcome, state: 'blocked' as const, why: [hindrance.why] }
  return { ...offRange, kind: 'rejected', outcome }
}

const TARGETLESS = 'What the proxy was asked for was not seen.'
