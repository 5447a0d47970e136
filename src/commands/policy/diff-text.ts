// A difference for people: what is told first is how much there is, then the rules, the flows, the findings.

import type { Finding } from '../../model/finding.ts'
import { counted, grouped } from '../../model/text.ts'
import { hanging, padded } from '../../report/layout.ts'
import type { Difference, Standing, Traffic } from './diff.ts'
import type { FindingChange } from './finding-changes.ts'
import type { FieldChange, RuleChange } from './rule-changes.ts'
import { type Column, table } from './table.ts'

/** Groups and findings that are shown; --json has them all. */
const SHOWN_MAX = 200

/** Lines of at most `width` characters where words allow, each ended by a newline. */
export function diffText({ before, after, rules, traffic }: Difference, width: number): string {
  const blocks = [
    [...standingLines('Before', before), ...standingLines('After', after)],
    [rulesSentence(rules)],
    ...rules.map(change => changeLines(change, width)),
    ...(traffic === null ? [] : trafficBlocks(traffic, width)),
  ]
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => `${lines.join('\n')}\n`)
    .join('\n')
}

const HASH_CHARACTERS = 'sha256:'.length + 12

const standingLines = (word: string, { policy, site }: Standing): string[] => [
  `${padded(word, 'Before'.length)}  policy ${policy.id}, ${shortened(policy.hash)};` +
    ` site ${site.name}, ${shortened(site.hash)}`,
]

const shortened = (hash: string): string => hash.slice(0, HASH_CHARACTERS)

function rulesSentence(rules: readonly RuleChange[]): string {
  if (rules.length === 0) return 'The rules say the same.'
  const counts = (['added', 'removed', 'changed'] as const).map(what => {
    const count = rules.filter(change => change.what === what).length
    return count === 0 ? [] : [`${grouped(count)} ${what}`]
  })
  return `The rules differ: ${counts.flat().join(', ')}.`
}

function changeLines({ what, kind, id, fields }: RuleChange, width: number): string[] {
  const labelWidth = Math.max(0, ...fields.map(({ field }) => field.length))
  return [
    `${what} ${kind} ${id}`.trimEnd(),
    ...fields.flatMap(one =>
      hanging(`  ${padded(one.field, labelWidth)}  `, valueText(what, one), width),
    ),
  ]
}

function valueText(what: RuleChange['what'], { before, after }: FieldChange): string {
  if (what !== 'changed') return before + after
  return `${before === '' ? 'nothing' : before} -> ${after === '' ? 'nothing' : after}`
}

const FLOW_COLUMNS: readonly Column[] = [
  { heading: 'flows', wraps: false },
  { heading: 'before', wraps: true },
  { heading: 'after', wraps: true },
  { heading: 'source', wraps: true },
  { heading: 'destination', wraps: true },
  { heading: 'service', wraps: true },
]

function trafficBlocks(traffic: Traffic, width: number): string[][] {
  const { judged, different, beyond, flows, findings } = traffic
  const rows = flows
    .slice(0, SHOWN_MAX)
    .map(one => [
      grouped(one.flows),
      ...[one.before, one.after, one.source, one.destination, one.service],
    ])
  const isSame = different === 0
  return [
    [flowsSentence(judged, different)],
    isSame ? [] : [...table(FLOW_COLUMNS, rows, width), ...rest(flows.length), ...lost(beyond)],
    [findings.length === 0 ? 'The findings are the same.' : findingsSentence(findings)],
    [
      ...findings.slice(0, SHOWN_MAX).flatMap(change => findingLines(change, width)),
      ...rest(findings.length),
    ],
  ]
}

function flowsSentence(judged: number, different: number): string {
  if (different === 0) return `All of ${counted(judged, 'flow')} are judged the same.`
  const are = different === 1 ? 'is' : 'are'
  return `${grouped(different)} of ${counted(judged, 'flow')} ${are} judged otherwise.`
}

const rest = (count: number): string[] =>
  count > SHOWN_MAX ? [`and ${grouped(count - SHOWN_MAX)} more, which --json has`] : []

const lost = (count: number): string[] =>
  count > 0 ? [`and ${counted(count, 'flow')} beyond what could be kept apart`] : []

function findingsSentence(findings: readonly FindingChange[]): string {
  const counts = (['new', 'gone', 'severity'] as const).flatMap(what => {
    const count = findings.filter(change => change.what === what).length
    return count === 0
      ? []
      : [
          what === 'severity'
            ? `${grouped(count)} of another severity`
            : `${grouped(count)} ${what}`,
        ]
  })
  return `The findings differ: ${counts.join(', ')}.`
}

function findingLines(change: FindingChange, width: number): string[] {
  const { what, before, after, title, row, members } = change
  const severity = what === 'severity' ? `${before} -> ${after}` : (after ?? before ?? '')
  const label = `${what === 'severity' ? 'now' : what}, ${severity}: `
  return hanging(label, `${title} (${row}, ${kindOf(change)}, ${counted(members, 'flow')})`, width)
}

const kindOf = ({ verdict, reason }: Pick<Finding, 'reason'> & { verdict: string }): string =>
  reason === null ? verdict : `${verdict}: ${reason}`
