// The report for a terminal: the answer first, then what could not be judged, then what is wrong from
// the worst on, then the numbers it rests on. Words and order follow the design of the HTML report.

import { SEVERITIES } from '../model/finding.ts'
import type { ReportedFinding, Result } from '../model/result.ts'
import { counted, grouped } from '../model/text.ts'
import { worstFirst } from './json.ts'
import { hanging, painter, wrap } from './layout.ts'
import { sinceBaseline } from './terminal-baseline.ts'
import type { Page } from './terminal-basis.ts'
import {
  flowsJudged,
  ledger,
  observed,
  provenance,
  transports,
  verdicts,
} from './terminal-basis.ts'
import { harmless, notJudged } from './terminal-common.ts'
import { coverage, fullCoverage } from './terminal-coverage.ts'
import { findingLines, remarkLines } from './terminal-finding.ts'
import { inShort } from './terminal-quality-short.ts'

const WIDTH_MIN = 40
const FINDINGS_MAX = 200
const REMARKS_MAX = 20

export interface TerminalOptions {
  readonly color: boolean
  /** Characters per line. Only display filters may be longer: broken up, they could not be copied. */
  readonly width: number
  /** Tells every statement, every pair of roles and every shut port. */
  readonly isCoverageFull?: boolean | undefined
}

/**
 * The report as lines, each ended by a newline. Nothing in it acts on the terminal but our own colour,
 * and that only where `color` is set. A result without conclusion is a flow count and shows no verdicts.
 */
export function renderTerminal(
  result: Result,
  { color, width, isCoverageFull = false }: TerminalOptions,
): string {
  const page: Page = {
    result: harmless(result),
    paint: painter(color),
    width: Math.max(WIDTH_MIN, width),
  }
  const isAudit = result.conclusion !== null
  const top = isAudit
    ? [
        ...[answer(page), sinceBaseline(page), notJudged(page)],
        ...[findings(page), remarks(page), coverage(page), inShort(page)],
      ]
    : [count(page)]
  const full = isCoverageFull ? fullCoverage(page) : []
  const numbers = isAudit ? [verdicts(page)] : [transports(page)]
  const blocks = [...top, ...full, ...numbers, observed(page), provenance(page), ledger(page)]
  return blocks
    .filter(block => block.length > 0)
    .map(block => `${block.join('\n')}\n`)
    .join('\n')
}

function answer(page: Page): string[] {
  const { conclusion } = page.result
  if (conclusion === null) return []
  const lines = wrap(conclusion.sentence, page.width).map(line => page.paint('bold', line))
  return [...lines, ...(conclusion.violations === 0 ? goodNews(page) : [])]
}

/** Good news is a sentence with a small green tick, and only about what was judged. */
function goodNews({ result, paint, width }: Page): string[] {
  const judged = flowsJudged(result)
  if (judged === 0) return []
  const news = `${counted(judged, 'flow')} ${judged === 1 ? 'was' : 'were'} judged; none broke a rule.`
  const whole = result.not_judged.length === 0 ? ' Nothing of the site was left unjudged.' : ''
  return hanging('✓ ', news + whole, width, label => paint('kept', label))
}

function findings(page: Page): string[] {
  const worst = page.result.findings
    .filter(({ severity }) => severity !== 'info')
    .toSorted(worstFirst)
  if (worst.length === 0) return []
  const shown = worst
    .slice(0, FINDINGS_MAX)
    .flatMap(finding => ['', ...findingLines(finding, page)])
  const heading = wrap(`Findings, worst first: ${counts(worst)}`, page.width)
  return [
    ...heading.map(line => page.paint('bold', line)),
    ...shown,
    ...leftOut(worst.length - FINDINGS_MAX),
  ]
}

/** How many there are of each severity. Advisories are no violations, so they are counted apart. */
function counts(findings: readonly ReportedFinding[]): string {
  const advisories = findings.filter(({ verdict }) => verdict === 'advisory').length
  const violations = SEVERITIES.flatMap(severity => {
    const of = findings.filter(one => one.severity === severity && one.verdict !== 'advisory')
    return of.length === 0 ? [] : [`${grouped(of.length)} ${severity}`]
  })
  return [...violations, ...(advisories === 0 ? [] : [counted(advisories, 'remark')])].join(', ')
}

/** Proof of control, accepted deviations and trifles: last and short, since nobody has to act on them. */
function remarks(page: Page): string[] {
  const good = page.result.findings
    .filter(({ severity }) => severity === 'info')
    .toSorted(worstFirst)
  if (good.length === 0) return []
  const shown = good.slice(0, REMARKS_MAX).flatMap(finding => remarkLines(finding, page))
  const heading = page.paint('bold', 'No action needed')
  return [heading, ...shown, ...leftOut(good.length - REMARKS_MAX)]
}

const leftOut = (more: number): string[] =>
  more > 0 ? ['', `  ${grouped(more)} more; --json lists all.`] : []

function count({ result, paint, width }: Page): string[] {
  const { flows, packets, bytes } = result.totals
  const sentence =
    `${counted(flows, 'flow')} of ${counted(packets, 'packet')} and ${counted(bytes, 'byte')}. ` +
    'Nothing was judged: that takes a site file.'
  return wrap(sentence, width).map(line => paint('bold', line))
}
