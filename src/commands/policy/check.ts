// mpwatch policy check: whether the rules, and a site, are what somebody meant. Loading them finds what
// is wrong; this adds what is odd, and holds the policy against its own tests.

import { lintPolicy } from '../../config/lint.ts'
import { loadPolicy } from '../../config/policy.ts'
import type { Problem } from '../../model/errors.ts'
import type { Policy } from '../../model/policy.ts'
import { counted } from '../../model/text.ts'
import { loadRules, ruleFiles } from '../rules.ts'
import { type FailedTest, failedTests } from './own-tests.ts'

export interface CheckOptions {
  readonly rules: string
  readonly site?: string
}

const PASSED = 0
const FAILED = 2

/**
 * What there is to say, as lines each ended by a newline, and the exit code. `todayIso` is the day by
 * which exceptions are judged.
 * @throws UsageError with every problem of policy and site.
 */
export function check(
  { rules, site: siteFile }: CheckOptions,
  todayIso: string,
): { text: string; code: number } {
  const { policy, site, warnings } =
    siteFile === undefined
      ? { policy: loadPolicy(ruleFiles(rules)).policy, site: null, warnings: [] }
      : loadRules(rules, siteFile)
  const remarks = [...warnings, ...lintPolicy(policy, site, todayIso)]
  const failed = failedTests(policy)
  const lines = [
    ...remarks.flatMap(warningLines),
    ...failed.flatMap(failureLines),
    summary(policy, remarks.length, failed.length),
  ]
  return { text: `${lines.join('\n')}\n`, code: failed.length === 0 ? PASSED : FAILED }
}

function warningLines({ where, message, excerpt }: Problem): string[] {
  return [`${where}: warning: ${message}`, ...(excerpt === undefined ? [] : [excerpt])]
}

function failureLines({ test, cameOut, isJudged }: FailedTest): string[] {
  if (!isJudged) return [`${test.where}: test cannot be run: ${cameOut}`]
  return [
    `${test.where}: test failed: ${test.flow}`,
    `  expected  ${test.expect}`,
    `  came out  ${cameOut}`,
  ]
}

/** `60 rows, 56 statements, no exceptions, 171 tests: 171 passed; 4 warnings.` */
function summary(policy: Policy, warnings: number, failed: number): string {
  const { rows, statements, exceptions, tests } = policy
  const parts = [
    counted(rows.length, 'row'),
    counted(statements.size, 'statement'),
    counted(exceptions.length, 'exception'),
    counted(tests.length, 'test'),
  ]
  const bad = failed === 0 ? '' : `, ${failed} failed`
  const odd = warnings === 0 ? '' : `; ${counted(warnings, 'warning')}`
  return `${parts.join(', ')}: ${tests.length - failed} passed${bad}${odd}.`
}
