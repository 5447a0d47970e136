// How findings compare with those of an earlier result, by the field names that reports and events share.

import type { Finding, Severity } from './finding.ts'

/** What the earlier result says of the same finding. */
export interface Earlier {
  readonly members: number
  readonly severity: Severity
}

/** Only where there is an earlier result to compare with. */
export interface ReportedStanding {
  readonly baseline?: 'new' | 'still_there'
  readonly before?: Earlier
}

export function standingOf({ earlier }: Finding): ReportedStanding {
  if (earlier === undefined) return {}
  return earlier === null ? { baseline: 'new' } : { baseline: 'still_there', before: earlier }
}
