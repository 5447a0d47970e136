// What keeps WebEx from those whom the packets let through: a proxy that refuses, a certificate
// that is not WebEx's, a connection broken off at the name, scripts kept back (W-02 to W-04). Each
// sign with how sure it is.

import type { AppRequest } from '../model/app.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Confidence, MisdroppedReason, Verdict } from '../model/verdict.ts'
import { isProhibited } from './outcome.ts'
import { weaker } from './verdicts.ts'

export interface Hindrance {
  readonly reason: MisdroppedReason
  readonly confidence: Confidence
  readonly why: string
  /** What was asked for, where one request tells. */
  readonly target: string | null
}

/** The verdict that WebEx was kept back, which `row` forbids. */
export function hindered(
  verdict: Verdict,
  { reason, confidence, why }: Hindrance,
  row: string,
): Verdict {
  return {
    ...verdict,
    ...{ kind: 'misdropped', reason, row },
    confidence: weaker(confidence, verdict.confidence),
    why: [...verdict.why, why],
  }
}

/** Whoever looks into TLS shows a certificate of its own, in clear up to TLS 1.2. */
export function intercepted(
  { app: { protocol, facts } }: FlowRecord,
  issuers: readonly string[],
): Hindrance | null {
  const issuer = facts.issuer?.toLowerCase()
  if (protocol !== 'tls' || issuer === undefined) return null
  if (!issuers.some(known => issuer.includes(known.toLowerCase()))) return null
  const why = `The certificate was issued by "${facts.issuer}", which looks into TLS.`
  return { reason: 'tls_intercepted', confidence: 'confirmed', why, target: null }
}

/**
 * The client said the name, and the next was a reset or a filter's word, and never the server's.
 */
export function brokenOff({ data, tcp, icmpError }: FlowRecord): Hindrance | null {
  if (!data.client || data.server) return null
  const said = 'as soon as the client had named WebEx, before the server said anything.'
  const sign = { reason: 'name_reset', target: null } as const
  if (icmpError !== null && isProhibited(icmpError))
    return { ...sign, confidence: 'confirmed', why: `A filter forbade the connection ${said}` }
  if (tcp?.rst?.from !== 'server') return null
  return { ...sign, confidence: 'probable', why: `The connection was reset ${said}` }
}

/** A refusal of the proxy itself, unless it let the same target through in the same connection. */
export function denied(requests: readonly AppRequest[]): Hindrance | null {
  const asked = requests.filter(request => !isScript(request))
  const refused = asked.find(
    one => refusalOf(one) !== null && !asked.some(other => isServed(other, one.target)),
  )
  if (refused === undefined) return null
  const { status, target } = refused
  const why = `The proxy answered ${status} to the request for ${target}.`
  return { reason: 'proxy_denied', confidence: refusalOf(refused) ?? 'possible', why, target }
}

/** Scripts and controls in clear HTTP that were forbidden, or replaced by a page (W-04). */
export function filtered(requests: readonly AppRequest[]): Hindrance | null {
  const kept = requests.find(
    one =>
      isScript(one) &&
      (one.status === FORBIDDEN || (isGood(one.status) && one.contentType === 'text/html')),
  )
  if (kept === undefined) return null
  const { status, contentType, target } = kept
  const as = contentType === null ? '' : `, as ${contentType}`
  const why = `A script or control of ${target ?? 'the server'} came back with ${status}${as}.`
  return { reason: 'content_filtered', confidence: 'probable', why, target }
}

const FORBIDDEN = 403
const SOCKS_NOT_ALLOWED = 2

/** How surely an answer of a proxy is its own refusal; null where it is none. */
function refusalOf({ form, status }: AppRequest): Confidence | null {
  // SOCKS 5, reply 2 (RFC 1928, 6): not allowed by ruleset.
  if (form === null) return status === SOCKS_NOT_ALLOWED ? 'confirmed' : null
  // To CONNECT nobody answers but the proxy; in other forms the site may have spoken itself.
  if (status === FORBIDDEN) return form === 'authority' ? 'confirmed' : 'probable'
  if (status === 502) return 'probable'
  // The client may come again with a name and a password.
  return status === 407 ? 'possible' : null
}

/** Whether the answer shows that the target was reached. SOCKS 4 says 90 where SOCKS 5 says 0. */
export function isReached({ form, status }: AppRequest): boolean {
  if (status === null) return false
  return form === null ? status === 0 || status === 90 : status < 400
}

const isServed = (request: AppRequest, target: string | null): boolean =>
  request.target === target && isReached(request)

const isGood = (status: number | null): boolean => status !== null && status >= 200 && status < 300

const isScript = ({ path }: AppRequest): boolean => path !== null && SCRIPT.test(path)

const SCRIPT = /\.(?:js|cab|ocx)$/i
