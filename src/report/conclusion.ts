// What it all comes to: the sentence that a person repeats on the phone, and the exit code (ux.md's table
// of codes, restated in README.md). Never "compliant" where nothing was seen.

import { type Finding, SEVERITIES, type Severity } from '../model/finding.ts'
import type { Ledger } from '../model/ledger.ts'
import type { Conclusion, NotJudged, ReportedCapture } from '../model/result.ts'
import { counted } from '../model/text.ts'
import { isNews } from './baseline.ts'

export interface Grounds {
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
  readonly captures: readonly ReportedCapture[]
  readonly ledger: Ledger
  /** Violations below this severity do not count towards the exit code. */
  readonly failOn: Severity
  /** Only violations that an earlier result has not, or has less severe, count towards the exit code. */
  readonly failOnNew?: boolean
  /** Share of malformed packets, 0 to 1, above which the input counts as unreadable. */
  readonly malformedMax: number
}

const FINE: readonly string[] = [
  ...['advisory', 'event', 'rejected', 'excepted', 'permitted_unverified'],
]

/** A finding of severity info, an advisory, a proof of control and an accepted deviation are none. */
export const isViolation = ({
  verdict,
  severity,
}: {
  readonly verdict: string
  readonly severity: Severity
}): boolean => !FINE.includes(verdict) && severity !== 'info'

export function conclude(grounds: Grounds): Conclusion {
  const violations = grounds.findings.filter(isViolation)
  const state = stateOf(violations.length, grounds.notJudged)
  return {
    state,
    sentence: sentenceOf(state, violations, grounds),
    violations: violations.length,
    exit_code: exitCodeOf(violations, grounds),
  }
}

function stateOf(violations: number, notJudged: readonly NotJudged[]): Conclusion['state'] {
  if (violations > 0) return 'violations'
  if (notJudged.some(({ kind }) => kind === 'no_site_flow')) return 'not_observed'
  return notJudged.some(({ incomplete }) => incomplete) ? 'incomplete' : 'compliant'
}

function sentenceOf(
  state: Conclusion['state'],
  violations: readonly Finding[],
  { findings, notJudged }: Grounds,
): string {
  const [worst] = violations
  if (worst !== undefined) {
    const head = counted(violations.length, 'violation')
    const atLeast = notJudged.some(({ incomplete }) => incomplete) ? `At least ${head}` : head
    return `${atLeast}. Worst: ${worst.title}.`
  }
  if (state === 'not_observed') return 'Not observed. No flow of the site is in what was read.'
  if (state === 'incomplete')
    return 'No violation seen, but the observation is incomplete: see what could not be judged.'
  const proofs = findings.filter(({ verdict }) => verdict === 'rejected').length
  const stopped = proofs === 0 ? '' : ` ${counted(proofs, 'forbidden path')} tried and stopped.`
  return `Compliant as observed.${stopped}`
}

/** 3 beats all, then violations, then gaps. */
function exitCodeOf(violations: readonly Finding[], grounds: Grounds): Conclusion['exit_code'] {
  const { captures, ledger, failOn, failOnNew = false, malformedMax, notJudged } = grounds
  if (isUnreadable(captures, ledger, malformedMax)) return 3
  const limit = SEVERITIES.indexOf(failOn)
  const counting = failOnNew ? violations.filter(isNews) : violations
  if (counting.some(({ severity }) => SEVERITIES.indexOf(severity) <= limit)) return 1
  return notJudged.some(({ incomplete }) => incomplete) ? 4 : 0
}

/**
 * A place behind which nothing could be read, or more damaged records and malformed packets than allowed.
 * A tail cut short is only a gap.
 */
export function isUnreadable(
  captures: readonly ReportedCapture[],
  { reader }: Ledger,
  malformedMax: number,
): boolean {
  const corrupt = captures.flatMap(({ damage }) => damage.filter(({ kind }) => kind === 'corrupt'))
  if (corrupt.some(damage => damage.skipped_bytes === null)) return true
  return corrupt.length + reader.malformed > reader.seen * malformedMax
}
