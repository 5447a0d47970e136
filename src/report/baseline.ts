// An earlier result of the same site beside this one: what is new, what is still there and whether it has
// got worse, what is gone. Findings are the same where their ids are, which stand for one cause.

import { type Finding, SEVERITIES, type Severity } from '../model/finding.ts'
import type { Provenance, ReportedBaseline } from '../model/result.ts'
import { byText } from '../model/text.ts'
import type { StoredResult } from './stored-result.ts'

/** The findings, each with what the earlier result says of it. */
export function besideEarlier(findings: readonly Finding[], earlier: StoredResult): Finding[] {
  const before = byId(earlier)
  return findings.map(finding => {
    const { members, severity } = before.get(finding.id) ?? NOT_THERE
    return { ...finding, earlier: severity === null ? null : { members, severity } }
  })
}

/** What has changed since the earlier result; `findings` as `besideEarlier` gives them. */
export function changesSince(
  earlier: StoredResult,
  findings: readonly Finding[],
  { policy, site }: Pick<Provenance, 'policy' | 'site'>,
): ReportedBaseline {
  const now = new Set(findings.map(({ id }) => id))
  const gone = [...byId(earlier).values()].filter(({ id }) => !now.has(id)).toSorted(worstFirst)
  return {
    captured: earlier.observed,
    policy_same: policy?.hash === earlier.provenance.policy.hash,
    site_same: site?.hash === earlier.provenance.site.hash,
    new: idsOf(findings.filter(isNew)),
    raised: idsOf(findings.filter(isRaised)),
    gone: gone.map(({ id, title, severity, row }) => ({ id, title, severity, row })),
    still: findings.length - findings.filter(isNew).length,
  }
}

/** Whether somebody who knows the earlier result has something to learn: it is new, or it got worse. */
export const isNews = (finding: Finding): boolean => isNew(finding) || isRaised(finding)

const isNew = ({ earlier }: Finding): boolean => earlier === null

const isRaised = ({ earlier, severity }: Finding): boolean =>
  earlier !== null && earlier !== undefined && rank(severity) < rank(earlier.severity)

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity)

const NOT_THERE = { members: 0, severity: null } as const

const byId = ({ findings }: StoredResult) =>
  new Map(findings.map(finding => [finding.id, finding] as const))

const idsOf = (findings: readonly Finding[]): string[] =>
  findings.map(({ id }) => id).toSorted(byText)

interface Ranked {
  readonly id: string
  readonly severity: Severity
}

const worstFirst = (one: Ranked, other: Ranked): number =>
  rank(one.severity) - rank(other.severity) || byText(one.id, other.id)
