// The JSON report: the whole result as one object, described by schemas/result.schema.json. The same
// result gives the same bytes, however the object was put together.

import { SEVERITIES } from '../model/finding.ts'
import type { NotJudged, ReportedFinding, Result } from '../model/result.ts'
import { byText, inertJson } from '../model/text.ts'

// One order for the keys of all objects: who and what first, numbers after, evidence last. A key that is
// missing here is written all the same, after the others, in the order of the alphabet.
const KEY_ORDER = [
  ...['schema', 'provenance', 'observed', 'conclusion', 'totals', 'findings', 'coverage'],
  ...['quality', 'not_judged', 'ledger', 'counts', 'statements', 'matrix', 'segmentation'],
  ...['tool', 'version', 'name', 'hash', 'policy', 'site', 'sensor', 'captures'],
  ...['state', 'signature', 'sentence', 'violations', 'exit_code', 'from', 'to'],
  ...['id', 'severity', 'verdict', 'verdicts', 'reason', 'confidence', 'kind', 'subject', 'title'],
  ...['row', 'cite', 'says', 'rule', 'section', 'table', 'server', 'source', 'destination'],
  ...['service', 'expected', 'fix', 'exception', 'transport', 'count', 'members', 'flows'],
  ...['baseline', 'before', 'captured', 'policy_same', 'site_same', 'still', 'new', 'raised'],
  'gone',
  ...['packets', 'bytes', 'first', 'last', 'community_id', 'flow_id', 'src_ip', 'src_port'],
  ...['dest_ip', 'dest_port', 'proto', 'pkts_toserver', 'pkts_toclient', 'bytes_toserver'],
  ...['bytes_toclient', 'node', 'role', 'zone', 'role_basis', 'direction', 'outcome', 'timeline'],
  ...['time', 'event', 'sensors', 'capture', 'packet', 'frame', 'offset', 'filter'],
  ...['seen', 'decoded', 'reader', 'reasons', 'examples', 'incomplete'],
]
const RANK: ReadonlyMap<string, number> = new Map(KEY_ORDER.map((key, index) => [key, index]))

// No text holds a line break as it is, so that what matches is a list and never a part of a text.
const LIST_OF_NUMBERS = /\[\n\s+(?:(?:-?[\d.]+(?:e[-+]?\d+)?|null),?\n\s+)+\]/g

/** The report as text: two spaces of indentation, a newline at the end, inert on a terminal. */
export function writeJson(result: Result): string {
  const sorted = {
    ...result,
    findings: result.findings.toSorted(worstFirst),
    not_judged: result.not_judged.toSorted(byKindAndSubject),
  }
  const text = inertJson(JSON.stringify(inOrder(sorted), null, 2))
  return `${text.replaceAll(LIST_OF_NUMBERS, onOneLine)}\n`
}

const onOneLine = (list: string): string =>
  list.replaceAll(/\n\s+/g, ' ').replace('[ ', '[').replace(' ]', ']')

/** Severity, then first time, then id: the order in which every report lists findings. */
export const worstFirst = (left: ReportedFinding, right: ReportedFinding): number =>
  SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity) ||
  byText(left.first, right.first) ||
  byText(left.id, right.id)

const byKindAndSubject = (left: NotJudged, right: NotJudged): number =>
  byText(left.kind, right.kind) ||
  byText(left.subject, right.subject) ||
  byText(left.reason, right.reason)

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => rankOf(left) - rankOf(right) || byText(left, right))
      .map(([key, inner]) => [key, inOrder(inner)]),
  )
}

const rankOf = (key: string): number => RANK.get(key) ?? KEY_ORDER.length
