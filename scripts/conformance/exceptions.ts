// Disagreements that have been looked into: test/conformance/exceptions.tsv says of each why it stands.

import { type Comparison, type Disagreement, WHOLE_CAPTURE } from './compare.ts'
import type { Row } from './tables.ts'

/** The reason of a disagreement, or undefined where nobody has explained it. */
export type Why = (disagreement: Disagreement) => string | undefined

/** Most conversations that may be excepted, as a share of all. */
const EXCEPTIONS_SHARE_MAX = 0.02

/** From the rows of the table: columns `file`, `conversation`, `why`. */
export function reasonsOf(rows: readonly Row[]): Why {
  const reasons = new Map(
    rows.map(row => [key(row('file'), row('conversation')), row('why')] as const),
  )
  return ({ file, subject }) => reasons.get(key(file, subject))
}

/** What is wrong with the exceptions themselves, in sentences. */
export function faultsOf(rows: readonly Row[], comparisons: readonly Comparison[]): string[] {
  return [...explanationFaults(rows, comparisons), ...tooMany(rows, comparisons)]
}

/** The same where a table may except as much as it explains. */
export const explanationFaults = (
  rows: readonly Row[],
  comparisons: readonly Compared[],
): string[] => [...withoutReason(rows), ...noLongerNeeded(rows, comparisons)]

type Compared = Pick<Comparison, 'file' | 'disagreements'>

const key = (file: string, subject: string): string => `${file}\t${subject}`

const withoutReason = (rows: readonly Row[]): string[] =>
  rows
    .filter(row => row('why').trim() === '')
    .map(row => `${row('file')} ${row('conversation')}: an exception must say why.`)

/** An exception that outlives its disagreement would hide the next one. */
function noLongerNeeded(rows: readonly Row[], comparisons: readonly Compared[]): string[] {
  const compared = new Set(comparisons.map(({ file }) => file))
  const standing = new Set(
    comparisons.flatMap(({ disagreements }) =>
      disagreements.map(({ file, subject }) => key(file, subject)),
    ),
  )
  return rows
    .filter(row => compared.has(row('file')))
    .filter(row => !standing.has(key(row('file'), row('conversation'))))
    .map(row => `${row('file')} ${row('conversation')}: agrees by now; remove its exception.`)
}

function tooMany(rows: readonly Row[], comparisons: readonly Comparison[]): string[] {
  const compared = new Set(comparisons.map(({ file }) => file))
  const excepted = rows.filter(
    row => compared.has(row('file')) && row('conversation') !== WHOLE_CAPTURE,
  ).length
  const all = comparisons.reduce((sum, { conversations }) => sum + conversations, 0)
  if (excepted <= all * EXCEPTIONS_SHARE_MAX) return []
  return [
    `${excepted} of ${all} conversations are excepted; at most ${EXCEPTIONS_SHARE_MAX * 100} % may be.`,
  ]
}
