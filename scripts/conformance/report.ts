// The comparison as text: a table by folder, then each disagreement on a line of its own.

import type { FoundCapture } from './captures.ts'
import type { Comparison, Disagreement } from './compare.ts'

const COLUMNS = [
  'files',
  'files differ',
  'conversations',
  'agree',
  'outer layer',
  'differ',
] as const
const NAME_WIDTH = 14
const COLUMN_GAP = 2

/** A line by folder and one for all. A file differs when anything in it does. */
export function tableText(comparisons: readonly Comparison[]): string {
  const folders = [...new Set(comparisons.map(folderOf))]
  return [
    line('folder', COLUMNS),
    ...folders.map(folder => {
      return line(folder, numbersOf(comparisons.filter(one => folderOf(one) === folder)))
    }),
    line('all', numbersOf(comparisons)),
  ].join('\n')
}

/** One disagreement on one line, with what explains it. */
export function disagreementLine(
  { file, subject, says }: Disagreement,
  why: string | undefined,
): string {
  return `${file}  ${subject}  ${says}  ${why === undefined ? 'UNEXPLAINED' : `because ${why}`}`
}

/** What is left for a next step, counted by the reason, then listed. */
export function nextStepLines(captures: readonly FoundCapture[]): readonly string[] {
  const byReason = new Map<string, string[]>()
  for (const { file, notYet } of captures)
    if (notYet !== null) byReason.set(notYet, [...(byReason.get(notYet) ?? []), file])
  return [...byReason]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([reason, files]) => `next step: ${files.length} ${reason}: ${files.join(' ')}`)
}

const folderOf = ({ file }: Comparison): string => file.slice(0, file.lastIndexOf('/') + 1) || '.'

function numbersOf(comparisons: readonly Comparison[]): readonly number[] {
  const sum = (count: (one: Comparison) => number) =>
    comparisons.reduce((total, one) => total + count(one), 0)
  const conversations = sum(one => one.conversations)
  const agreed = sum(one => one.agreed)
  const outer = sum(one => one.outerLayers.length)
  const differing = sum(one => (one.disagreements.length > 0 ? 1 : 0))
  const rest = conversations - agreed - outer
  return [comparisons.length, differing, conversations, agreed, outer, rest]
}

const line = (name: string, cells: readonly (string | number)[]): string =>
  name.padEnd(NAME_WIDTH) +
  cells
    .map((cell, index) => String(cell).padStart((COLUMNS[index] ?? '').length + COLUMN_GAP))
    .join('')
