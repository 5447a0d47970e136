// What would be reported anew, and what no longer. A finding is the same in both where its cause is.

import type { Finding, Severity } from '../../model/finding.ts'

export interface FindingChange {
  readonly what: 'new' | 'gone' | 'severity'
  readonly id: string
  /** Null for what is not reported. */
  readonly before: Severity | null
  readonly after: Severity | null
  readonly verdict: string
  readonly reason: string | null
  readonly row: string
  readonly source: string
  readonly destination: string
  readonly service: string | null
  readonly members: number
  readonly title: string
}

/** New ones first, then those that are gone; each in the order of its report, the worst first. */
export function findingChanges(
  before: readonly Finding[],
  after: readonly Finding[],
): FindingChange[] {
  const old = new Map(before.map(finding => [finding.id, finding.severity]))
  const present = new Map(after.map(finding => [finding.id, finding.severity]))
  const fresh = after.filter(({ id }) => !old.has(id))
  const gone = before.filter(({ id }) => !present.has(id))
  const other = after.filter(({ id, severity }) => old.has(id) && old.get(id) !== severity)
  return [
    ...fresh.map(one => change('new', one, null, one.severity)),
    ...gone.map(one => change('gone', one, one.severity, null)),
    ...other.map(one => change('severity', one, old.get(one.id) ?? null, one.severity)),
  ]
}

function change(
  what: FindingChange['what'],
  { id, verdict, reason, row, source, destination, service, members, title }: Finding,
  before: Severity | null,
  after: Severity | null,
): FindingChange {
  return {
    ...{ what, id, before, after, verdict, reason, row },
    ...{ source, destination, service, members, title },
  }
}
