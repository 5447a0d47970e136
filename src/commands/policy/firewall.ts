// mpwatch policy firewall: what the policy allows at a site, as rules of a firewall, and which flows of a
// capture those would break.

import { Compliance } from '../../compliance.ts'
import { type Format, hasComments, written } from '../../firewall/format.ts'
import { notesOf } from '../../firewall/notes.ts'
import { type RuleSet, ruleSetOf } from '../../firewall/rule-set.ts'
import { spansOf } from '../../firewall/spans.ts'
import { UsageError } from '../../model/errors.ts'
import { counted, grouped } from '../../model/text.ts'
import { VERSION } from '../../version.ts'
import { loadRules, sensorsNamed } from '../rules.ts'
import { judgeCaptures } from './captures.ts'
import { type Broken, SeenFlows } from './seen-flows.ts'
import { type Column, table } from './table.ts'

export interface FirewallOptions {
  readonly site: string
  readonly rules: string
  readonly format: Format
  readonly on?: readonly string[]
  readonly sensor?: string
  readonly allRows?: boolean
  readonly output: string
}

export interface Firewall {
  /** The rule file. */
  readonly text: string
  /** What is told beside it, one line each. */
  readonly told: readonly string[]
}

/** Groups of broken flows that are shown; the rest is counted. */
const SHOWN_MAX = 200
const WIDTH = 120

/**
 * The rule file, and what a person should know of it.
 * @throws UsageError with every problem of policy and site, InputError for what is no capture.
 */
export async function firewall(options: FirewallOptions): Promise<Firewall> {
  const { format, on, allRows = false } = options
  if (on === undefined && (allRows || options.sensor !== undefined))
    throw new UsageError(
      '--all-rows and --sensor say what to make of captures: name some with --on.',
    )
  const { policy, site } = loadRules(options.rules, options.site)
  const compliance = new Compliance(policy, site, sensorsNamed(site, options.sensor))
  const seen = new SeenFlows(compliance.book)
  const readingNotes = on === undefined ? [] : await judgeCaptures(on, compliance, seen)
  const spans = spansOf(site, policy.webex.ranges)
  const wanted = on === undefined || allRows ? null : seen.used
  const ruleSet = ruleSetOf(compliance.book, spans, wanted)
  const choice = { seen: on === undefined ? null : seen.used, isAll: allRows }
  const before = notesOf(compliance.book, site, ruleSet, choice, VERSION)
  const after = on === undefined ? [] : brokenLines(seen, ruleSet)
  const text = written(format, ruleSet, { before, after })
  return { text, told: [...readingNotes, ...(hasComments(format) ? [] : before), ...after] }
}

const COLUMNS: readonly Column[] = [
  ...['flows', 'verdict', 'source', 'destination', 'service', 'why'].map(heading => {
    return { heading, wraps: false }
  }),
]

/** What the rules would break, as a table. */
function brokenLines(seen: SeenFlows, { rules }: RuleSet): string[] {
  const broken = seen.broken(new Set(rules.flatMap(({ rows }) => rows)))
  const flows = sum(broken)
  const others = sum(broken.filter(({ isJudged }) => !isJudged))
  const unknown =
    seen.beyond === 0 ? [] : [`Of ${counted(seen.beyond, 'further flow')} this is not known.`]
  if (flows === 0)
    return ['Every flow that was answered in the captures is allowed by these rules.', ...unknown]
  const shown = broken.slice(0, SHOWN_MAX).map(cellsOf)
  const more = broken.length - shown.length
  return [
    `These rules would break ${counted(flows, 'flow')} that got an answer in the captures,`,
    `${grouped(others)} of which the policy does not speak of:`,
    ...table(COLUMNS, shown, WIDTH),
    ...(more === 0 ? [] : [`and ${counted(more, 'more line')} like these.`]),
    ...unknown,
  ]
}

const sum = (broken: readonly Broken[]): number =>
  broken.reduce((total, { flows }) => total + flows, 0)

const cellsOf = ({ flows, verdict, source, destination, service, remark }: Broken): string[] => [
  grouped(flows),
  ...[verdict, source, destination, service, remark],
]
