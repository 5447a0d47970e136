// The `alert` object of an EVE line: what a finding is to those who only know Suricata's rules.

import type { Finding, Severity } from '../model/finding.ts'

// EVE counts severity down. Findings of severity info are no alerts, so none of them has a number.
const SEVERITY_NUMBERS = { critical: 1, high: 2, medium: 3, low: 4 } as const

/** Suricata's own rules have generator 1; ours stand apart from them. */
const GENERATOR_ID = 71
const REVISION = 1

const FIRST_SIGNATURE = 710_000
const OTHER_SIGNATURE = FIRST_SIGNATURE + 9000
// The parts of the requirements, and the practice items, in a fixed order from 1.
const PARTS = 'WTIOMSFP'

interface EveAlert {
  readonly action: 'allowed' | 'blocked'
  readonly gid: number
  readonly signature_id: number
  readonly rev: number
  readonly signature: string
  readonly category: string
  readonly severity: number
}

/** The alert that a finding is; null where its severity is info, which alerts nobody. */
export function alertOf({
  verdict,
  row,
  title,
  severity,
}: Pick<Finding, 'verdict' | 'row' | 'title' | 'severity'>): EveAlert | null {
  if (!isAlert(severity)) return null
  return {
    action: verdict === 'misdropped' ? 'blocked' : 'allowed',
    gid: GENERATOR_ID,
    signature_id: signatureId(row),
    rev: REVISION,
    signature: title,
    category: categoryOf(verdict),
    severity: SEVERITY_NUMBERS[severity],
  }
}

/**
 * The number by which Suricata's readers know a row. It is spelled from the row's id and not counted, so
 * that a row added later moves no other: 71, the row's part (W 1, T 2, I 3, O 4, M 5, S 6, F 7, P 8), its
 * number in two digits, its inner number in one. `I-06.2` is 713062, `unlisted` 710000. Ids of any other
 * form share 719000; they stand in full in `mp.row`.
 */
export function signatureId(row: string): number {
  if (row === 'unlisted') return FIRST_SIGNATURE
  const match = /^([WTIOMSFP])-(\d\d)(?:\.(\d))?$/.exec(row)
  if (match === null) return OTHER_SIGNATURE
  const [, part = '', number = '', inner = '0'] = match
  const thousands = PARTS.indexOf(part) + 1
  return FIRST_SIGNATURE + thousands * 1000 + Number(number) * 10 + Number(inner)
}

const isAlert = (severity: Severity): severity is keyof typeof SEVERITY_NUMBERS =>
  severity !== 'info'

function categoryOf(verdict: Finding['verdict']): string {
  if (verdict === 'escaped' || verdict === 'misdropped') return 'Policy violation'
  if (verdict === 'topology' || verdict === 'missing') return 'Policy violation'
  return verdict === 'degraded' ? 'Service degraded' : 'Policy remark'
}
