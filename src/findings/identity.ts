// What makes two hits the same finding: one cause is (verdict, reason, row, source, destination), where
// a declared node stands by its name and any other address by role and zone. Neither time nor the
// policy's hash is part of it, so that a second audit of the same capture adds nothing.

import { type Hit, serviceOf, UNLISTED } from './hit.ts'

/** Any hash of text to at least 12 hex digits. */
export type Hash = (text: string) => string

const ID_DIGITS = 12

/** The cause as text: equal for equal causes only, whatever the names contain. */
export function causeKey(hit: Hit): string {
  const { flow, client, server } = hit.judged
  const parts = [hit.verdict, hit.reason, hit.row, client.name, server.name]
  if (isSplitByService(hit)) parts.push(serviceOf(flow))
  // The finding names one exception, so two of them cannot share a finding.
  if (hit.verdict === 'excepted') parts.push(hit.exception)
  return JSON.stringify(parts)
}

/** `f-` and the first 12 hex digits of the key's hash. */
export const findingId = (key: string, hash: Hash): string => `f-${hash(key).slice(0, ID_DIGITS)}`

/** Unlisted services are different causes; attempts that nobody served are one, be they a port scan. */
export function isSplitByService({ verdict, reason, judged }: Hit): boolean {
  const kind = verdict === 'excepted' ? judged.verdict.excepted?.kind : verdict
  const isAttempt = judged.verdict.outcome.state === 'unanswered'
  return kind === 'escaped' && reason === UNLISTED && !isAttempt
}
